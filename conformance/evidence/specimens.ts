/**
 * Identity evidence to judge: of every eID and broker that the sandbox imitates, of codes and of passkeys.
 */
import { NATIVE_STATUS } from '@segl/identity/evidence/identity/proofs/bankid-signature';
import { openProofTrust } from '@segl/identity/evidence/identity/trust';
import type { MethodTask, Step, Use } from '@segl/identity/method';
import { ALGORITHMS, type AlgorithmName } from '@segl/sandbox/methods/passkey/authenticator';
import {
  goThrough,
  goThroughInApp,
  signTask,
  startOidc,
  told,
  type OidcHome,
} from '../../test/support/oidc.ts';
import { evidenceOf, parsed, RECEIVED, tokenKey } from '../../test/support/signatures/identity-evidence.ts';
import { passkeyEvidence as evidenceOfPasskey } from '../../test/support/signatures/passkey-evidence.ts';
import {
  brokerAnchor,
  SOUND_TRANSACTIONS,
  transactionEvidence,
} from '../../test/support/signatures/transaction-evidence.ts';
import { changed, without } from './changes.ts';
import { codeEvidence } from './codes.ts';
import { passkeyEvidence } from './passkeys.ts';
import type { Specimen, Trust } from './specimen.ts';

export type TestHandle = Parameters<typeof startOidc>[0];

export const NAMES = [
  'mitid',
  'mitid-idura',
  'mitid-signicat',
  'mitid-business',
  'sbid',
  'nbid',
  'freja',
  'idin',
  'ftn',
];

/** Of providers that tell the request, nothing of it, and the nonce. */
const IN_APP = [
  ['mitid-app', '1405822042'],
  ['nbid-app', '14058200000'],
  ['mitid-signicat-app', '1405822042'],
] as const;

const evidenceIn = (step: Step): Specimen['bytes'] => {
  if (step.kind !== 'done') throw new Error(told(step));
  return Buffer.from(step.evidence[0]!.native);
};

const specimen = (name: string, bytes: Buffer, trust?: Trust): Specimen => ({
  ...{ name, bytes },
  at: new Date(parsed(bytes).times.received),
  ...(trust && { trust }),
});

async function taskFor(use: Use): Promise<MethodTask> {
  const { documents, ...task } = signTask();
  return use === 'sign' ? { ...task, documents } : { ...task, documents: [], binding: 'sha256:statement' };
}

const bundleOf = (...mediaTypes: readonly string[]): MethodTask => {
  const [document] = signTask().documents;
  const documents = mediaTypes.map((mediaType, index) => ({
    ...{ ...document!, mediaType },
    ...{ id: `doc-${String(index)}`, title: `Document ${String(index)}: blåbær\u200b  ` },
  }));
  return { ...signTask(), documents };
};

/** Sound evidence of these names and of everything else. What was begun for it ends with `t`. */
export async function* soundSpecimens(t: TestHandle, names: readonly string[]): AsyncGenerator<Specimen> {
  const home = await startOidc(t);
  const signed = async (name: string, task: MethodTask, use: Use = 'sign'): Promise<Buffer> =>
    evidenceIn(await goThrough(home.method(name, use), task));
  for (const name of names)
    for (const use of ['sign', 'authenticate'] as const)
      yield specimen(`${name}, to ${use}`, await signed(name, await taskFor(use), use));
  const two = bundleOf('text/plain', 'text/plain');
  const numbered = signTask({ nationalId: '1405822042' });
  yield specimen('mitid, two documents', await signed('mitid', two));
  const act = signTask();
  const chain = { name: 'both', links: ['mitid-idura', 'mitid'] };
  const previous = await signed('mitid-idura', { ...act, chain: { ...chain, link: 1 } });
  yield specimen(
    'a chain of two eIDs',
    await signed('mitid', { ...act, chain: { ...chain, link: 2, previous } }),
  );
  yield specimen('mitid, a national id compared', await signed('mitid', numbered));
  for (const [name, number] of IN_APP) {
    const task = signTask({ nationalId: number });
    yield specimen(`${name}, in the app`, evidenceIn(await goThroughInApp(home, name, task)));
  }
  const logOn = { ...numbered, documents: [], binding: 'sha256:statement' };
  yield specimen(
    'a log-on in the app',
    evidenceIn(await goThroughInApp(home, 'mitid-app', logOn, {}, 'authenticate')),
  );
  for (const algorithm of ['RS256', 'PS256', 'ES256'] as const)
    yield {
      name: `a provider with ${algorithm}`,
      bytes: evidenceOf({ key: tokenKey(algorithm) }),
      at: RECEIVED,
    };
  for (const channel of ['sms', 'email'] as const)
    yield specimen(`a code by ${channel}`, await codeEvidence(channel));
  yield* passkeySpecimens();
  const trust = await trustOf(home);
  yield specimen('a broker that shows a text', await signed('mitid-shown', numbered), trust);
  yield specimen(
    'a broker that shows a PDF',
    await signed('mitid-shown', bundleOf('application/pdf')),
    trust,
  );
  for (const types of [['application/xml'], ['application/pdf', 'text/plain']])
    yield specimen(
      `a broker that shows a list of ${String(types.length)}`,
      await signed('mitid-shown', bundleOf(...types)),
      trust,
    );
  for (const [number, options] of SOUND_TRANSACTIONS.entries())
    yield {
      ...{ name: `a broker of our own ${String(number + 1)}`, bytes: transactionEvidence(options) },
      ...{ at: RECEIVED, trust: OWN_BROKER },
    };
  const swede = signTask({ nationalId: '19820514-2398' });
  const native = await signed('sbid-native', swede);
  yield specimen('an eID that signs', native, trust);
  yield specimen(
    'an eID that signs, whose certificates nobody judges',
    changed(native, without(NATIVE_STATUS)),
  );
  yield specimen('an eID that signs two documents', await signed('sbid-native', two), trust);
}

export const OWN_BROKER: Trust = { brokers: [brokerAnchor], people: [] };

async function trustOf({ sandbox: { environment } }: OidcHome): Promise<Trust> {
  const { BANKID_TRUST_FILE: file, ...others } = environment;
  const [{ anchors: brokers }, { anchors: people }] = await Promise.all([
    openProofTrust(others),
    openProofTrust({ BANKID_TRUST_FILE: file }),
  ]);
  return {
    brokers,
    people: people.filter((one) => !brokers.some((other) => Buffer.from(other).equals(one))),
  };
}

async function* passkeySpecimens(): AsyncGenerator<Specimen> {
  for (const use of ['sign', 'authenticate'] as const)
    yield specimen(`a passkey, to ${use}`, await passkeyEvidence(use, await taskFor(use)));
  yield specimen(
    'a passkey on one device, two documents',
    await passkeyEvidence('sign', bundleOf('text/plain', 'application/pdf'), { synced: false }),
  );
  const numbered = signTask({ nationalId: '1405822042' });
  yield specimen('a passkey, a national id compared', await passkeyEvidence('sign', numbered));
  for (const algorithm of Object.keys(ALGORITHMS) as readonly AlgorithmName[])
    yield { name: `a passkey with ${algorithm}`, bytes: evidenceOfPasskey({ algorithm }), at: RECEIVED };
}
