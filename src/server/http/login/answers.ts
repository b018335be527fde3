/** The answer to a log-on in the form of its protocol: a form that the browser posts to whoever asked. */
import type { LoginOutcome, LoginReply } from '../../domain/login/model.ts';
import { writeSaml1Response, type Asserting } from './saml1.ts';

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
}

export const createLoginAnswers = (asserting: Asserting): LoginAnswers => ({
  async write(outcome, { service, reply: { target } }) {
    const response = await writeSaml1Response(outcome, { service, target }, asserting);
    return {
      target,
      fields: [
        ['SAMLResponse', Buffer.from(response).toString('base64')],
        ['TARGET', target],
      ],
    };
  },
});
