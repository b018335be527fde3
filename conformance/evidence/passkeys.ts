/** What a passkey leaves behind: registered after an eID had told who its holder is, and used. */
import { createHash, randomBytes } from 'node:crypto';
import type { CatalogueEntry, IdentifiedPerson, MethodDeps, MethodTask, Use } from '@segl/identity/method';
import { passkeyMethod } from '@segl/identity/methods/passkey/method';
import { systemClock } from '@segl/problem/clock';
import {
  getAssertion,
  makeCredential,
  type CreationOptions,
  type RequestOptions,
  type SoftKey,
} from '@segl/sandbox/methods/passkey/authenticator';
import { told, visitor } from '../../test/support/oidc.ts';
import { counter, registered } from './memory.ts';

const entry: CatalogueEntry = {
  ...{ name: 'passkey', uses: ['sign', 'authenticate'], module: 'passkey', eid: 'passkey', title: 'Passkey' },
  ...{ titles: {}, assurance: 'low', attributes: [], options: {} },
};

const person = (service: string): IdentifiedPerson => ({
  service,
  by: { name: 'mitid', module: 'oidc', assurance: 'substantial', eid: 'mitid' },
  ...{ subjectId: 'd5ea6331-6de4-49e9-852c-1415b31537c2', displayName: 'Anna Prøve' },
  nationalId: { id: '1405822042', nationality: 'DK', type: 'CPR' },
  evidence: {
    format: 'urn:segl:format:identity-evidence:1.0',
    sha256: createHash('sha256').update('evidence').digest('hex'),
    at: systemClock.now(),
  },
});

export async function passkeyEvidence(
  use: Use,
  task: MethodTask,
  how: { readonly synced?: boolean } = {},
): Promise<Buffer> {
  const [memory, registrations] = [counter(), registered()];
  const deps = {
    ...{ clock: systemClock, random: randomBytes, memory: () => memory, registrations: () => registrations },
  } as unknown as MethodDeps;
  const method = passkeyMethod(entry, use, undefined, deps);
  const key = await register(method.enrols!, person(task.service), how);
  const shown = await method.start(task, visitor);
  if (shown.kind !== 'show' || shown.show.as !== 'script') throw new Error(told(shown));
  const { get } = shown.show.options as { readonly get: RequestOptions };
  const { id, response } = getAssertion(key, get, visitor.origin).response;
  const result = { id, ...response };
  const step = await method.continue(task, shown.state, { kind: 'script', result }, visitor);
  if (step.kind !== 'done') throw new Error(told(step));
  return Buffer.from(step.evidence[0]!.native);
}

async function register(
  enrols: NonNullable<ReturnType<typeof passkeyMethod>['enrols']>,
  who: IdentifiedPerson,
  how: { readonly synced?: boolean },
): Promise<SoftKey> {
  const offered = await enrols.start(who, visitor);
  if (offered?.show.as !== 'script') throw new Error('nothing is offered');
  const { create } = offered.show.options as { readonly create: CreationOptions };
  const { key, response } = makeCredential(create, visitor.origin, how);
  const result = { id: key.id, ...response.response };
  await enrols.take(who, offered.state, { kind: 'script', result }, visitor);
  return key;
}
