/** NemID as a method to log in with. */
import { nemidProblems } from './problems.ts';
import { isSeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { refusalIn } from '../../problems.ts';
import type {
  AuthenticationMethod,
  AuthenticationResult,
  StartedAuthentication,
  VerifiedAuthentication,
} from './native-method.ts';
import type { ExpectedAuthentication } from './expected.ts';
import { decodeResponse, factsOf, newChallenge, signerOf } from './client/client.ts';
import { bindsDocuments } from './binding.ts';
import { propertyText, type NativeMessage } from './evidence/message.ts';
import type { NemIdOptions } from './method.ts';
import { signParameters, writeSignProperties } from './client/parameters.ts';
import { clients } from './client/requests.ts';
import { numberSource } from './cpr/number-source.ts';
import { typeOf } from './name-options.ts';
import {
  hasChallenge,
  isForLogin,
  isForUs,
  isInTime,
  type ContentChecks,
} from './evidence/content-checks.ts';
import { verifyNativeMessage, type VerifiedNative } from './evidence/verify.ts';

/**
 * Minutes from the start of the client to its answer. The client itself gives up when it is idle; an older answer was
 * kept by somebody.
 */
export const LOGIN_MINUTES = 20;

/** The property that carries what a login is bound to. */
const BINDING = 'binding';

interface LoginExpectation {
  readonly friendlyName: string;
  readonly challenge: string;
  readonly startedAt: Date;
  readonly receivedAt: Date;
  readonly binding?: string;
}

const loginChecks: ContentChecks<LoginExpectation> = [
  ['action', isForLogin],
  ['challenge', hasChallenge],
  ['answered-in-time', isFresh],
  ['request-issuer', isForUs],
  ['nothing-signed', signsNothing],
  ['binding', isBound],
  ['time-stamp-plausible', isInTime],
];

/** Creates a method to log in with, `nemid` or one of its kin. */
export function createNemIdLogin(options: NemIdOptions): AuthenticationMethod {
  const { clientUrl, friendlyName, policyPrefix, trustAnchors, vocesKey, revocation, clock, random } =
    options;
  const { holders, client } = options;
  return {
    family: 'nemid',
    typeName: 'NemID',
    friendlyName,

    async start(page, binding) {
      if (binding !== undefined && !/^[\w:.-]{1,200}$/.test(binding)) {
        throw new TypeError('a binding is one word of letters, digits, ":", "." and "-"');
      }
      const started = clock.now();
      const challenge = newChallenge(random);
      const parameters = await signParameters(
        clients[client].parameters({
          ...{ flow: 'login', ...page, friendlyName, holders, at: started },
          properties: writeSignProperties([
            ['challenge', challenge],
            ...(binding === undefined ? [] : [[BINDING, binding] as const]),
          ]),
        }),
        vocesKey,
      );
      return {
        clientUrl: clients[client].url(clientUrl, random),
        clientOrigin: new URL(clientUrl).origin,
        parameters,
        expected: {
          challenge,
          startedAt: started.toISOString(),
          parameters,
          ...(binding !== undefined && { binding }),
        },
      } satisfies StartedAuthentication;
    },

    async receive(response, expected): Promise<AuthenticationResult> {
      try {
        const native = decodeResponse(response);
        if ('code' in native) return { kind: 'error', code: native.code };
        const at = clock.now();
        const verified = await verifyNativeMessage(
          native.message,
          expectationOf(expected, friendlyName, at),
          loginChecks,
          { anchors: trustAnchors, policyPrefix, type: typeOf(holders), revocation, at },
        );
        return { kind: 'authenticated', authentication: describe(native.message, verified, at) };
      } catch (error) {
        // what reads and verifies messages calls them all signatures
        if (!isSeglError(error, 'NATIVE_SIGNATURE_REFUSED')) throw error;
        throw nemidProblems.error('LOGIN_REFUSED', refusalIn(error), { cause: error });
      }
    },

    ...numberSource(holders, options),
  };
}

const expectationOf = (
  { challenge, startedAt, binding }: ExpectedAuthentication,
  friendlyName: string,
  receivedAt: Date,
): LoginExpectation => ({
  friendlyName,
  challenge,
  startedAt: new Date(startedAt),
  receivedAt,
  ...(binding !== undefined && { binding }),
});

function isFresh(_message: NativeMessage, { startedAt, receivedAt }: LoginExpectation): Problem | undefined {
  const age = receivedAt.getTime() - startedAt.getTime();
  return age <= LOGIN_MINUTES * 60_000 ? undefined : nemidProblems.of('nemid/late', { limit: LOGIN_MINUTES });
}

/** Clients that write a text of their own into a login do not show it; a text that was shown makes it a signature. */
export function signsNothing(message: NativeMessage): Problem | undefined {
  const signs = bindsDocuments(message) || message.properties.get('signtext')?.visible === true;
  return signs ? nemidProblems.of('nemid/login-signs') : undefined;
}

export function isBound(
  message: NativeMessage,
  { binding }: Pick<LoginExpectation, 'binding'>,
): Problem | undefined {
  return propertyText(message, BINDING) === binding ? undefined : nemidProblems.of('nemid/login-not-bound');
}

function describe(native: Uint8Array, verified: VerifiedNative, at: Date): VerifiedAuthentication {
  return {
    signer: signerOf(verified),
    certificate: verified.message.leaf.der,
    native,
    at,
    verdicts: verified.verdicts,
    validation: verified.validation,
    facts: factsOf(native, verified),
  };
}
