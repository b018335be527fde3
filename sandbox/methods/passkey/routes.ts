/** The authenticators of everybody, for scripts: what a browser would ask them for. */
import type { FastifyInstance } from 'fastify';
import { sandboxProblems } from '../../problems.ts';
import type { JsonFile } from '../../world/json-file.ts';
import {
  getAssertion,
  makeCredential,
  type CreationOptions,
  type RequestOptions,
  type SoftKey,
} from './authenticator.ts';
import { passkeySimulatorProblems } from './problems.ts';

/** By user. */
export type Authenticators = JsonFile<Record<string, readonly SoftKey[]>>;

interface Asked {
  readonly user: string;
  readonly origin: string;
  readonly options: { readonly get?: RequestOptions; readonly create?: CreationOptions };
}

function readAsked(body: unknown): Asked {
  const { user, origin, options } = (body ?? {}) as Partial<Asked>;
  const isAsked =
    typeof user === 'string' &&
    typeof origin === 'string' &&
    (typeof options?.get === 'object' || typeof options?.create === 'object');
  if (!isAsked)
    throw sandboxProblems.error('BAD_REQUEST', {
      why: passkeySimulatorProblems.of('sandbox/passkey-asked'),
    });
  return { user, origin, options };
}

export function passkeyPlugin(app: FastifyInstance, authenticators: () => Authenticators): void {
  app.post('/passkey/api/answer', { bodyLimit: 65_536 }, async ({ body }) => {
    const { user, origin, options } = readAsked(body);
    const file = authenticators();
    const own = Object.hasOwn(file.value, user) ? file.value[user]! : [];
    const { answer, keys } = options.create
      ? create(own, options.create, origin)
      : get(own, options.get!, origin, user);
    file.value[user] = keys;
    await file.save();
    return answer;
  });
}

interface Answered {
  /** As the script of the page posts it. */
  readonly answer: object;
  readonly keys: readonly SoftKey[];
}

function create(own: readonly SoftKey[], options: CreationOptions, origin: string): Answered {
  const { key, response } = makeCredential(options, origin);
  const { clientDataJSON, attestationObject, transports } = response.response;
  // an authenticator keeps one of a user for a relying party
  const others = own.filter(({ rpId, userHandle }) => rpId !== key.rpId || userHandle !== key.userHandle);
  return { answer: { id: key.id, clientDataJSON, attestationObject, transports }, keys: [...others, key] };
}

/** With the newest key. Throws PERSON_UNKNOWN. */
function get(own: readonly SoftKey[], options: RequestOptions, origin: string, user: string): Answered {
  const key = own.findLast(({ rpId }) => rpId === options.rpId);
  if (!key) throw sandboxProblems.error('PERSON_UNKNOWN', { user });
  const { key: used, response } = getAssertion(key, options, origin);
  return {
    answer: { id: response.id, ...response.response },
    keys: own.map((one) => (one === key ? used : one)),
  };
}
