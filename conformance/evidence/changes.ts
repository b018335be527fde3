/** What can be made of sound identity evidence by whoever has no key. */
import { randomBytes } from 'node:crypto';
import { canonicalJson } from '@segl/identity/evidence/identity/canonical-json';
import { commitmentHash, shortCode, shownText } from '@segl/identity/evidence/identity/commitment';
import { LINK } from '@segl/identity/evidence/identity/chain';
import {
  IDENTITY_EVIDENCE,
  type IdentityEvidence,
  type Proof,
} from '@segl/identity/evidence/identity/content';
import {
  ACKNOWLEDGEMENT,
  CLIENT_KEYS,
  REQUEST_OBJECT,
} from '@segl/identity/evidence/identity/proofs/backchannel';
import { PASSKEY, type PasskeyRecord } from '@segl/identity/evidence/identity/proofs/passkey';
import {
  TRANSACTION_STATUS,
  TRANSACTION_TOKEN,
} from '@segl/identity/evidence/identity/proofs/transaction-token';
import { NATIVE_SIGNATURE, NATIVE_STATUS } from '@segl/identity/evidence/identity/proofs/bankid-signature';
import { ID_TOKEN } from '@segl/identity/evidence/identity/proofs/id-token';
import { carried, withId } from '@segl/identity/evidence/identity/write';
import { parsed, tokenKey } from '../../test/support/signatures/identity-evidence.ts';
import type { Specimen } from './specimen.ts';

export type Change = (evidence: IdentityEvidence) => IdentityEvidence;

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

/** The record of a passkey, written anew. */
const withRecord = (change: (record: PasskeyRecord) => object): Change =>
  withProof(PASSKEY, (data) =>
    Buffer.from(JSON.stringify(change(JSON.parse(data.toString()) as PasskeyRecord))),
  );

/** Where there is a proof of this role; what nobody judges besides may be anything. */
const where =
  (role: string, change: Change): Change =>
  (one) =>
    one.proofs.some((proof) => proof.role === role) ? change(one) : one;

export const without =
  (...roles: readonly string[]): Change =>
  (one) => ({ ...one, proofs: one.proofs.filter(({ role }) => !roles.includes(role)) });

/** The keys that were kept, each written anew. */
const withKeys =
  (change: (key: Readonly<Record<string, unknown>>) => object): Change =>
  (one) => ({
    ...one,
    trust: one.trust.map((part) => {
      if (part.role !== 'keys') return part;
      const { keys } = JSON.parse(Buffer.from(part.data, 'base64').toString()) as {
        keys: Readonly<Record<string, unknown>>[];
      };
      const changed = keys.map(change);
      const isSame = JSON.stringify(changed) === JSON.stringify(keys);
      return isSame ? part : { ...part, ...carried(Buffer.from(JSON.stringify({ keys: changed }))) };
    }),
  });

const changedInTheMiddle = (data: Buffer): Buffer => {
  const at = Math.floor(data.length / 2);
  data[at] = data[at] === 65 ? 66 : 65;
  return data;
};

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

/** Evidence with another commitment, and everything made again that is made from it. */
const rewritten = (
  bytes: Buffer,
  change: (commitment: IdentityEvidence['commitment']) => IdentityEvidence['commitment'],
): Buffer => {
  const { id: _, ...rest } = recommitted(change)(parsed(bytes));
  return Buffer.from(canonicalJson(withId(rest)));
};

/** What somebody without keys could write, by its name; hashes and ids are made again. */
const CHANGES: Readonly<Record<string, Change>> = {
  'a chain whose other link is not there': recommitted((commitment) => ({
    ...commitment,
    chain: { name: 'both', links: ['mitid', 'sms-otp'], link: 1 },
  })),
  'a chain without the link before': without(LINK),
  'a link before that is of no chain': withProof(LINK, (data) =>
    rewritten(data, ({ chain: _, ...commitment }) => commitment),
  ),
  'a link before of another session': withProof(LINK, (data) =>
    rewritten(data, (commitment) => ({ ...commitment, task: 'a'.repeat(64) })),
  ),
  'evidence as a link of itself': (one) => ({
    ...one,
    proofs: [
      ...one.proofs,
      { role: LINK, mediaType: IDENTITY_EVIDENCE.mimeType, ...carried(Buffer.from(canonicalJson(one))) },
    ],
  }),
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
  'a record of another passkey': withRecord((record) => ({ ...record, credentialId: 'AAAA' })),
  'a passkey of somebody else': withRecord(({ registration, ...record }) => ({
    ...{ ...record, sub: 'mitid:mallory' },
    registration: { ...registration, restsOn: { ...registration.restsOn, subject: 'mallory' } },
  })),
  'a passkey that was never used': withRecord((record) => ({ ...record, counter: 1_000_000 })),
  'a passkey on one device, or on several': withRecord(({ registration, ...record }) => ({
    ...record,
    registration: {
      ...registration,
      deviceType: registration.deviceType === 'multi-device' ? 'single-device' : 'multi-device',
    },
  })),
  'a passkey that was registered later': withRecord(({ registration, ...record }) => ({
    ...record,
    registration: { ...registration, at: '2099-01-01T00:00:00.000Z' },
  })),
  'a passkey that rests on what came later': withRecord(({ registration, ...record }) => ({
    ...record,
    registration: {
      ...registration,
      restsOn: { ...registration.restsOn, at: registration.at.replace(/\d{4}/, '2099') },
    },
  })),
  'a record that says more': withRecord((record) => ({ ...record, more: 'more' })),
  'a page of another origin': where(PASSKEY, (one) => ({
    ...one,
    context: { ...one.context, origin: 'https://mallory.example' },
  })),
  'a byte of the transaction token': withProof('transaction-token', changedInTheMiddle),
  'no transaction token': without('transaction-token'),
  'no status of it': without('transaction-token-status'),
  'a byte of its status': withProof('transaction-token-status', changedInTheMiddle),
  'a status of nothing': (one) => ({
    ...one,
    proofs: [
      ...one.proofs.filter(({ role }) => role !== 'transaction-token-status'),
      {
        ...{ role: 'transaction-token-status', mediaType: 'application/ocsp-response' },
        ...carried(Buffer.from([0x30, 0x03, 0x0a, 0x01, 0x06])),
      },
    ],
  }),
  'keys without certificates': where(
    TRANSACTION_TOKEN,
    withKeys(({ x5c: _, ...key }) => key),
  ),
  'certificates of other keys': where(
    TRANSACTION_TOKEN,
    withKeys(({ x5c, ...key }) => ({
      ...key,
      ...(Array.isArray(x5c) && { x5c: x5c.toReversed() }),
    })),
  ),
  'a certificate that leads nowhere': where(
    TRANSACTION_TOKEN,
    withKeys(({ x5c, ...key }) => ({
      ...key,
      ...(Array.isArray(x5c) && x5c.length > 1 && { x5c: x5c.slice(0, 1) }),
    })),
  ),
  'a byte of the signature that the eID made': withProof('native-signature', changedInTheMiddle),
  'a space in the signature that the eID made': withProof('native-signature', (data) =>
    Buffer.from(data.toString().replace('</SignatureValue>', ' </SignatureValue>')),
  ),
  'no signature by the eID': without('native-signature', 'native-signature-status'),
  'a byte of the status of its certificate': withProof('native-signature-status', changedInTheMiddle),
  'another request, signed before': withProof(REQUEST_OBJECT, (data) => {
    const at = data.indexOf('.') + 40;
    data[at] = data[at] === 65 ? 66 : 65;
    return data;
  }),
  'a request under another key': (one) => ({
    ...one,
    trust: one.trust.map((part) =>
      part.role === CLIENT_KEYS ? { ...part, ...carried(tokenKey('RS256').jwks) } : part,
    ),
  }),
  'a request that is not there': where(ACKNOWLEDGEMENT, without(REQUEST_OBJECT, 'request')),
  'an acknowledgement that is not there': without(ACKNOWLEDGEMENT),
  'an acknowledgement of nothing': withProof(ACKNOWLEDGEMENT, () => Buffer.from('{"expires_in":300}')),
  'nothing said of what is the own word': (one) => ({
    ...one,
    limits: one.limits.filter((limit) => limit !== 'request-own-word' && limit !== 'request-not-named'),
  }),
  'nothing said of a request that was not signed': (one) => ({
    ...one,
    limits: one.limits.filter((limit) => limit !== 'request-not-signed'),
  }),
  'another way to ask': ({ method: { flow, ...method }, ...one }) => ({
    ...one,
    method: flow === undefined ? { ...method, flow: 'backchannel' as const } : method,
  }),
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

/** The same evidence with something else in it, whose hashes hold. */
export function changed(bytes: Uint8Array, change: Change): Buffer {
  const { id: _, ...rest } = change(parsed(bytes));
  return Buffer.from(canonicalJson(withId(rest)));
}

/** What can be made of sound evidence without any key; where a change changes nothing, it is left out. */
export function* changedSpecimens({ name, bytes, ...about }: Specimen): Generator<Specimen> {
  for (const [change, make] of Object.entries(CHANGES)) {
    const made = changed(bytes, make);
    if (!made.equals(bytes)) yield { name: `${name}: ${change}`, bytes: made, ...about };
  }
}

/** The bytes with one of them changed, at so many places. */
export function* brokenSpecimens({ name, bytes, ...about }: Specimen, places: number): Generator<Specimen> {
  for (let place = 0; place < places; place++) {
    const offset = Math.floor((bytes.length * (place + 0.5)) / places);
    const made = Buffer.from(bytes);
    made[offset] = made[offset]! ^ 1;
    yield { name: `${name}: byte ${offset}`, bytes: made, ...about };
  }
}

/** Proofs whose bytes somebody signed, all of them. */
const SIGNED: readonly string[] = [
  ID_TOKEN,
  TRANSACTION_TOKEN,
  TRANSACTION_STATUS,
  NATIVE_SIGNATURE,
  NATIVE_STATUS,
];

/** And of a passkey's record. */
const SIGNED_MEMBERS = [
  'clientDataJSON',
  'authenticatorData',
  'signature',
  'publicKey',
  'credentialId',
] as const;

const flip = (bytes: Buffer, offset: number): Buffer => {
  bytes[offset] = bytes[offset]! ^ 1;
  return bytes;
};

/** The same with a bit changed in what somebody signed, at so many places of each part, and all hashes made again. */
export function* forgedSpecimens({ name, bytes, ...about }: Specimen, places: number): Generator<Specimen> {
  for (const [part, length, change] of signedParts(parsed(bytes)))
    for (let place = 0; place < places; place++) {
      const offset = Math.floor((length * (place + 0.5)) / places);
      const forged = changed(bytes, change(offset));
      yield { name: `${name}: byte ${offset} of ${part}`, bytes: forged, ...about };
    }
}

/** Name and length of each, and how a bit of it is changed. */
function* signedParts({
  proofs,
}: IdentityEvidence): Generator<readonly [string, number, (offset: number) => Change]> {
  for (const { role, data = '' } of proofs) {
    const bytes = Buffer.from(data, 'base64');
    if (SIGNED.includes(role))
      yield [role, bytes.length, (offset) => withProof(role, (proof) => flip(proof, offset))];
    if (role !== PASSKEY) continue;
    const record = JSON.parse(bytes.toString()) as PasskeyRecord;
    for (const member of SIGNED_MEMBERS) {
      const part = (): Buffer => Buffer.from(record[member], 'base64url');
      yield [
        ...([member, part().length] as const),
        (offset) => withRecord((one) => ({ ...one, [member]: flip(part(), offset).toString('base64url') })),
      ];
    }
  }
}
