/** The answer to a log-on in the form of its protocol: a form that the browser posts to whoever asked. */
import type { LoginOutcome, LoginReply } from '../../domain/login/model.ts';
import { writeSaml1Response, type Asserting } from './saml1.ts';
import { writeIdpMetadata } from './saml2/metadata.ts';
import { writeSaml2Response, type Saml2Asserting } from './saml2/response.ts';

export interface PostedAnswer {
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export interface LoginAnswers {
  /** Throws what the key throws. */
  write(
    outcome: LoginOutcome,
    to: { readonly service: string; readonly reply: LoginReply },
  ): Promise<PostedAnswer>;
  /** Metadata of an account as identity provider of SAML 2.0. */
  metadata(service: string): string;
}

/** `others`: certificates (DER) that clients are to know besides that of the key. */
export function createLoginAnswers(
  asserting: Asserting & Saml2Asserting & { readonly others: readonly Uint8Array[] },
): LoginAnswers {
  const { publicUrl, key, others } = asserting;
  return {
    async write(outcome, { service, reply }) {
      if (reply.protocol === 'saml2') {
        const response = await writeSaml2Response(outcome, { service, reply }, asserting);
        return {
          target: reply.consumer,
          fields: [
            ['SAMLResponse', Buffer.from(response).toString('base64')],
            ...(reply.relayState === undefined ? [] : [['RelayState', reply.relayState] as const]),
          ],
        };
      }
      const { target } = reply;
      const response = await writeSaml1Response(outcome, { service, target }, asserting);
      return {
        target,
        fields: [
          ['SAMLResponse', Buffer.from(response).toString('base64')],
          ['TARGET', target],
        ],
      };
    },
    metadata: (service) => writeIdpMetadata(publicUrl, service, [key.certificate, ...others]),
  };
}
