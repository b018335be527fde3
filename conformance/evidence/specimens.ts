/** Identity evidence to judge: of every eID and broker that the sandbox imitates and of codes, and what others would make of it. */
import { randomBytes } from 'node:crypto';
import { canonicalJson } from '@segl/identity/evidence/identity/canonical-json';
import { commitmentHash, shortCode, shownText } from '@segl/identity/evidence/identity/commitment';
import type { IdentityEvidence, Proof } from '@segl/identity/evidence/identity/content';
import { carried, withId } from '@segl/identity/evidence/identity/write';
import type { Step, Use } from '@segl/identity/method';
import { goThrough, signTask, startOidc, told, type OidcHome } from '../../test/support/oidc.ts';
import { evidenceOf, parsed, RECEIVED, tokenKey } from '../../test/support/signatures/identity-evidence.ts';
import { codeEvidence } from './codes.ts';

export interface Specimen {
  readonly name: string;
  readonly bytes: Buffer;
  /** When it was received. */
  readonly at: Date;
}

type TestHandle = Parameters<typeof startOidc>[0];

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

const evidenceIn = (step: Step): Specimen['bytes'] => {
  if (step.kind !== 'done') throw new Error(told(step));
  return Buffer.from(step.evidence[0]!.native);
};

const specimen = (name: string, bytes: Buffer): Specimen => ({
  ...{ name, bytes },
  at: new Date(parsed(bytes).times.received),
});

async function signed(home: OidcHome, name: string, use: Use): Promise<Specimen> {
  const { documents, ...task } = signTask();
  const about =
    use === 'sign' ? { ...task, documents } : { ...task, documents: [], binding: 'sha256:statement' };
  return specimen(`${name}, to ${use}`, evidenceIn(await goThrough(home.method(name, use), about)));
}

/** Sound evidence of these names and of everything else. What was begun for it ends with `t`. */
export async function* soundSpecimens(t: TestHandle, names: readonly string[]): AsyncGenerator<Specimen> {
  const home = await startOidc(t);
  for (const name of names)
    for (const use of ['sign', 'authenticate'] as const) yield signed(home, name, use);
  const [document] = signTask().documents;
  const bundle = { ...signTask(), documents: [document!, { ...document!, id: 'other', title: 'Another' }] };
  yield specimen('mitid, two documents', evidenceIn(await goThrough(home.method('mitid'), bundle)));
  const numbered = signTask({ nationalId: '1405822042' });
  yield specimen(
    'mitid, a national id compared',
    evidenceIn(await goThrough(home.method('mitid'), numbered)),
  );
  for (const algorithm of ['RS256', 'PS256', 'ES256'] as const)
    yield {
      name: `a provider with ${algorithm}`,
      bytes: evidenceOf({ key: tokenKey(algorithm) }),
      at: RECEIVED,
    };
  for (const channel of ['sms', 'email'] as const)
    yield specimen(`a code by ${channel}`, await codeEvidence(channel));
}

type Change = (evidence: IdentityEvidence) => IdentityEvidence;

const flipped = (text: string): string => (text.startsWith('x') ? `y${text.slice(1)}` : `x${text.slice(1)}`);

/** A proof with other bytes, and the hash that they have. */
const withProof =
  (role: string, change: (data: Buffer) => Buffer): Change =>
  ({ proofs, ...rest }) => ({
    ...rest,
    proofs: proofs.map((proof) =>
      proof.role === role ? { ...proof, ...carried(change(Buffer.from(proof.data ?? '', 'base64'))) } : proof,
    ),
  });

/** A commitment with everything made again that is made from it; only whoever answered for it is not asked again. */
const recommitted =
  (change: (commitment: IdentityEvidence['commitment']) => IdentityEvidence['commitment']): Change =>
  (evidence) => {
    const commitment = change(evidence.commitment);
    return {
      ...evidence,
      commitment,
      commitmentSha256: commitmentHash(commitment).toString('hex'),
      intent: {
        ...evidence.intent,
        code: shortCode(commitment),
        shown: shownText(commitment, evidence.intent.limit),
      },
    };
  };

const AN_HOUR = 3_600_000;
const moved = (text: string, by: number): string => new Date(new Date(text).getTime() + by).toISOString();

/** What somebody without keys could write, by its name; hashes and ids are made again. */
const CHANGES: Readonly<Record<string, Change>> = {
  'another name': (one) => ({ ...one, subject: { ...one.subject, displayName: 'Mallory' } }),
  'another id': (one) => ({
    ...one,
    subject: { ...one.subject, id: { ...one.subject.id, value: 'mallory' } },
  }),
  'an id of another issuer': (one) => ({
    ...one,
    subject: { ...one.subject, id: { ...one.subject.id, issuer: 'https://mallory.example' } },
  }),
  'a day of birth that nobody told': (one) => ({
    ...one,
    subject: { ...one.subject, birthDate: '2000-01-01' },
  }),
  'a national id that nobody told': (one) => ({
    ...one,
    subject: {
      ...one.subject,
      nationalId: {
        country: 'DK',
        type: 'CPR',
        value: '0101000000',
        salt: randomBytes(32).toString('base64url'),
      },
    },
  }),
  'a company that nobody told': (one) => ({
    ...one,
    subject: { ...one.subject, organisation: { id: '12345678' } },
  }),
  'no sources': (one) => ({ ...one, subject: { ...one.subject, sources: {} } }),
  'sources in a proof that is not there': (one) => ({
    ...one,
    subject: {
      ...one.subject,
      sources: Object.fromEntries(
        Object.entries(one.subject.sources).map(([name, source]) => [name, { ...source, proof: 'none' }]),
      ),
    },
  }),
  'a match that was not made': (one) => ({ ...one, match: { rule: 'national-id', result: 'not-compared' } }),
  'another provider': (one) => ({ ...one, method: { ...one.method, provider: 'https://mallory.example' } }),
  'another client': (one) => ({ ...one, method: { ...one.method, client: 'mallory' } }),
  'another eID': (one) => ({
    ...one,
    method: { ...one.method, answered: { claim: 'eid', values: ['mallory'] } },
  }),
  'a level that was not told': (one) => ({
    ...one,
    assurance: {
      ...one.assurance,
      value: `${one.assurance.value}x`,
      scale: { [`${one.assurance.value}x`]: 'high' },
      level: 'high',
    },
  }),
  'a level that the scale does not have': (one) => ({ ...one, assurance: { ...one.assurance, scale: {} } }),
  'a text that was not shown': (one) => ({ ...one, intent: { ...one.intent, shown: 'Nothing' } }),
  'another limit of the text': (one) => ({ ...one, intent: { ...one.intent, limit: 12 } }),
  'a text that did not come back': (one) => ({
    ...one,
    intent: { ...one.intent, returned: { claim: 'none', value: one.intent.shown } },
  }),
  'another language': (one) => ({ ...one, intent: { ...one.intent, language: 'sv' } }),
  'another code': (one) => ({ ...one, intent: { ...one.intent, code: 'AAAAAAAA' } }),
  'received at another time': (one) => ({
    ...one,
    times: { ...one.times, received: moved(one.times.received, AN_HOUR) },
  }),
  'begun after it was received': (one) => ({
    ...one,
    times: { ...one.times, started: moved(one.times.received, 1) },
  }),
  'another log-on': (one) => ({
    ...one,
    times: { ...one.times, authenticated: moved(one.times.started, -AN_HOUR) },
  }),
  'keys that were fetched later': (one) => ({
    ...one,
    trust: one.trust.map((part) => ({ ...part, fetched: moved(part.fetched, AN_HOUR) })),
  }),
  'no keys': (one) => ({ ...one, trust: [] }),
  'other keys': (one) => ({
    ...one,
    trust: one.trust.map((part) =>
      part.role === 'keys' ? { ...part, ...carried(tokenKey('RS256').jwks) } : part,
    ),
  }),
  'no proof': (one) => ({ ...one, proofs: [] }),
  'no id_token': (one) => ({ ...one, proofs: one.proofs.filter(({ role }) => role !== 'id-token') }),
  'a proof of an unknown kind': (one) => ({
    ...one,
    proofs: [
      ...one.proofs,
      { role: 'more', mediaType: 'application/x-unknown', ...carried(Buffer.from('?')) },
    ],
  }),
  'a proof under another name of its kind': (one) => ({
    ...one,
    proofs: one.proofs.map((proof): Proof => ({ ...proof, mediaType: 'application/x-unknown' })),
  }),
  'a byte of the signature': withProof('id-token', (data) => {
    const at = data.length - 20;
    data[at] = data[at] === 65 ? 66 : 65;
    return data;
  }),
  'a byte of the claims': withProof('id-token', (data) => {
    const at = data.indexOf('.') + 40;
    data[at] = data[at] === 65 ? 66 : 65;
    return data;
  }),
  'a token that is signed by nobody': withProof('id-token', (data) =>
    Buffer.from(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${data.toString().split('.')[1]}.`),
  ),
  'another request': withProof('request', () => Buffer.from('{"nonce":"other"}')),
  'userinfo of somebody else': withProof('userinfo', () => Buffer.from('{"sub":"mallory"}')),
  'a record of another code': withProof('one-time-code', (data) =>
    Buffer.from(data.toString().replace(/"tries":\d/, '"tries":6')),
  ),
  'a code to another address': withProof('one-time-code', (data) =>
    Buffer.from(data.toString().replace(/"address":"[^"]/, '"address":"9')),
  ),
  'another document': recommitted(({ documents, ...rest }) => ({
    ...rest,
    documents: documents.map((document) => ({
      ...document,
      sha256: flipped(document.sha256).replace(/^[xy]/, '0'),
    })),
  })),
  'another task': recommitted((commitment) => ({
    ...commitment,
    task: commitment.task.replace(/^./, (c) => (c === '0' ? '1' : '0')),
  })),
  'another binding': recommitted((commitment) => ({ ...commitment, binding: 'sha256:mallory' })),
  'another salt': recommitted((commitment) => ({
    ...commitment,
    salt: randomBytes(32).toString('base64url'),
  })),
  'more asked for than was given': recommitted((commitment) => ({ ...commitment, level: 'high' })),
  'for another purpose': (one) => ({ ...one, purpose: one.purpose === 'sign' ? 'log-on' : 'sign' }),
};

/** What can be made of sound evidence without any key; where a change changes nothing, it is left out. */
export function* changedSpecimens({ name, bytes, at }: Specimen): Generator<Specimen> {
  const whole = parsed(bytes);
  for (const [change, make] of Object.entries(CHANGES)) {
    const { id: _, ...rest } = make(whole);
    const made = Buffer.from(canonicalJson(withId(rest)));
    if (!made.equals(bytes)) yield { name: `${name}: ${change}`, bytes: made, at };
  }
}

/** The bytes with one of them changed, at so many places. */
export function* brokenSpecimens({ name, bytes, at }: Specimen, places: number): Generator<Specimen> {
  for (let place = 0; place < places; place++) {
    const offset = Math.floor((bytes.length * (place + 0.5)) / places);
    const made = Buffer.from(bytes);
    made[offset] = made[offset]! ^ 1;
    yield { name: `${name}: byte ${offset}`, bytes: made, at };
  }
}
