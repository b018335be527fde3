/** Evidence of a passkey to test with: an authenticator in software has signed the commitment to one document. */
import { randomBytes } from 'node:crypto';
import {
  commitTo,
  nonceOf,
  sha256Hex,
  shortCode,
  shownText,
} from '@segl/identity/evidence/identity/commitment';
import { OWN_WORD } from '@segl/identity/evidence/identity/proofs/one-time-code';
import { PASSKEY, PASSKEY_TYPE, type PasskeyRecord } from '@segl/identity/evidence/identity/proofs/passkey';
import type { Assurance } from '@segl/identity/method';
import { readAttestation } from '@segl/identity/evidence/identity/webauthn';
import { carried, writeIdentityEvidence } from '@segl/identity/evidence/identity/write';
import {
  ALGORITHMS,
  getAssertion,
  makeCredential,
  type AlgorithmName,
  type Lies,
} from '@segl/sandbox/methods/passkey/authenticator';
import { DOCUMENT, RECEIVED, type Content } from './identity-evidence.ts';

export const RP_ID = 'example.com';
export const ORIGIN = 'https://sign.example.com';
const STARTED = new Date('2026-03-01T11:57:10.000Z');

export interface PasskeyOptions {
  readonly algorithm?: AlgorithmName;
  readonly synced?: boolean;
  /** What is asked for. */
  readonly level?: Assurance;
  /** Of the assertion. */
  readonly lies?: Lies;
  /** It is signed with a key that is not the registered one, and says so. */
  readonly stranger?: true;
  /** Of the registration. */
  readonly registered?: Lies;
  readonly record?: (record: PasskeyRecord) => object;
  readonly change?: (content: Content) => Content;
}

/** What a sound signature leaves behind. */
export function passkeyEvidence(options: PasskeyOptions = {}): Buffer {
  const { algorithm = 'ES256', synced = false, record: changed = (record) => record } = options;
  const commitment = commitTo(
    {
      ...{ service: 'demo', session: 'a session', level: options.level ?? 'low' },
      documents: [
        {
          ...{ id: 'doc', title: 'A promise', mediaType: 'text/plain' },
          ...{ size: DOCUMENT.length, sha256: sha256Hex(DOCUMENT) },
        },
      ],
      consent: { text: 'Sign: A promise', language: 'en' },
    },
    { now: STARTED, random: randomBytes },
  );
  const make = (registered: Lies = {}) =>
    makeCredential(
      {
        ...{ challenge: 'AAAA', rp: { id: RP_ID }, user: { id: 'dXNlcg' } },
        pubKeyCredParams: Object.values(ALGORITHMS).map((alg) => ({ alg })),
        excludeCredentials: [],
      },
      ORIGIN,
      { algorithm, synced, ...registered },
    );
  const made = make(options.registered);
  const signer = options.stranger ? make() : made;
  const asked = { challenge: nonceOf(commitment), rpId: RP_ID };
  const { response } = getAssertion(signer.key, asked, ORIGIN, options.lies).response;
  const attestation = made.response.response.attestationObject;
  const { credential } = readAttestation(Buffer.from(attestation, 'base64url'))!.data;
  const { clientDataJSON, authenticatorData, signature } = response;
  const record: PasskeyRecord = {
    ...{ version: 1, credentialId: made.key.id, clientDataJSON, authenticatorData, signature },
    publicKey: publicKeyOf(signer.response.response.attestationObject),
    ...{ sub: 'mitid:d5ea6331', name: 'Åse Møller', counter: 0 },
    registration: {
      ...{ at: '2026-02-01T10:00:00.000Z', aaguid: credential!.aaguid, fmt: 'none' },
      ...{ deviceType: synced ? 'multi-device' : 'single-device', backedUp: synced, attestation },
      restsOn: {
        ...{ method: 'mitid', eid: 'mitid', subject: 'd5ea6331', level: 'substantial' },
        ...{ format: 'urn:example', sha256: 'ab'.repeat(32), at: '2026-02-01T09:59:00.000Z' },
      },
    },
  };
  const shown = shownText(commitment, 300);
  const { deviceType } = record.registration;
  const source = (claim: string) => ({ proof: PASSKEY, claims: [claim] });
  const content: Content = {
    purpose: 'sign',
    commitment,
    method: {
      ...{ name: 'passkey', kind: 'passkey', eid: 'passkey', provider: OWN_WORD, client: RP_ID },
      ...{ profile: 'passkey', test: false },
    },
    subject: {
      id: { scheme: 'passkey', issuer: OWN_WORD, value: record.sub },
      displayName: record.name,
      continuity: [],
      sources: { id: source('sub'), displayName: source('name') },
    },
    assurance: {
      ...{ level: 'low', claim: 'registration.deviceType', value: deviceType, factors: [] },
      scale: { 'single-device': 'low', 'multi-device': 'low' },
    },
    intent: { shown, limit: 300, language: 'en', code: shortCode(commitment) },
    match: { rule: 'none', result: 'not-compared' },
    context: { ip: '192.0.2.1', userAgent: 'Test', origin: ORIGIN },
    times: { started: STARTED.toISOString(), received: RECEIVED.toISOString() },
    proofs: [
      {
        ...{ role: PASSKEY, mediaType: PASSKEY_TYPE },
        ...carried(Buffer.from(JSON.stringify(changed(record)))),
      },
    ],
    trust: [],
    limits: [],
  };
  return writeIdentityEvidence((options.change ?? ((same) => same))(content));
}

/** COSE, base64url. */
const publicKeyOf = (attestation: string): string =>
  Buffer.from(readAttestation(Buffer.from(attestation, 'base64url'))!.data.credential!.publicKey).toString(
    'base64url',
  );

/** What the package of it tells. */
export const toldOfPasskey = {
  at: RECEIVED,
  displayName: 'Åse Møller',
  uniqueId: 'mitid:d5ea6331',
  document: { sha256: Buffer.from(sha256Hex(DOCUMENT), 'hex'), title: 'A promise', mimeType: 'text/plain' },
} as const;

/** What does not hold, by the check and the reason of what is wrong first. */
export const UNSOUND_PASSKEYS: readonly (readonly [string, PasskeyOptions])[] = [
  ['challenge passkey/challenge', { lies: { challenge: 'A'.repeat(43) } }],
  ['ceremony passkey/ceremony', { lies: { type: 'webauthn.create' } }],
  ['ceremony passkey/ceremony', { lies: { type: 'payment.get' } }],
  ['origin passkey/origin', { lies: { origin: 'https://sign.example.org' } }],
  ['origin passkey/origin', { lies: { origin: 'http://sign.example.com' } }],
  ['origin passkey/origin', { lies: { crossOrigin: true } }],
  [
    'origin passkey/origin',
    {
      lies: { origin: 'https://example.org' },
      change: (c) => ({ ...c, context: { ...c.context, origin: 'https://example.org' } }),
    },
  ],
  ['receiver passkey/receiver', { lies: { rpId: 'example.org' } }],
  ['user-present passkey/user-present', { lies: { flags: 0x04 } }],
  ['user-verified passkey/user-verified', { lies: { flags: 0x01 } }],
  ['device passkey/device', { lies: { flags: 0x0d } }],
  ['device passkey/device', { synced: true, lies: { flags: 0x05 } }],
  // backed up, and not to be backed up; bits that mean nothing
  ['passkey proof/unreadable', { lies: { flags: 0x15 } }],
  ['passkey proof/unreadable', { lies: { flags: 0x07 } }],
  ['counter passkey/counter', { lies: { counter: 7 }, record: (r) => ({ ...r, counter: 7 }) }],
  ['counter passkey/counter', { lies: { counter: 0 }, record: (r) => ({ ...r, counter: 1 }) }],
  ['registration passkey/registration', { registered: { flags: 0x41 } }],
  ['registration passkey/registration', { registered: { flags: 0x44 } }],
  ['registration passkey/registration', { stranger: true }],
  [
    'registration passkey/registration',
    {
      lies: { flags: 0x0d },
      record: (r) => ({ ...r, registration: { ...r.registration, deviceType: 'multi-device' } }),
    },
  ],
  ['registration passkey/registration', { registered: { rpId: 'example.org' } }],
  ['registration passkey/registration', { record: (r) => ({ ...r, credentialId: 'AAAA' }) }],
  ['registration passkey/registration', { record: (r) => ({ ...r, sub: 'nemid:d5ea6331' }) }],
  ['passkey proof/unreadable', { record: (r) => ({ ...r, version: 2 }) }],
  ['passkey proof/unreadable', { record: (r) => ({ ...r, more: 1 }) }],
  ['passkey proof/unreadable', { record: (r) => ({ ...r, signature: `${r.signature}=` }) }],
  ['passkey proof/unreadable', { record: (r) => ({ ...r, publicKey: 'oA' }) }],
  // the same bytes, written with bits that count for nothing
  [
    'passkey proof/unreadable',
    { record: (r) => ({ ...r, authenticatorData: `${r.authenticatorData.slice(0, -1)}B` }) },
  ],
  [
    'level passkey/level',
    { change: (c) => ({ ...c, assurance: { ...c.assurance, value: 'multi-device' } }) },
  ],
  ['level passkey/level', { change: (c) => ({ ...c, assurance: { ...c.assurance, claim: 'name' } }) }],
  ['level passkey/level', { change: (c) => ({ ...c, assurance: { ...c.assurance, scale: {} } }) }],
  [
    'nothing-else one-time-code/more',
    { change: (c) => ({ ...c, method: { ...c.method, answered: { claim: 'sub', values: ['x'] } } }) },
  ],
  ['core passkey/signature', { record: (r) => ({ ...r, signature: 'AAAA' }) }],
  ['identity identity-evidence/claim', { record: (r) => ({ ...r, name: 'Eve' }) }],
  [
    'level passkey/level',
    {
      change: (c) => ({
        ...c,
        assurance: { ...c.assurance, level: 'high', scale: { 'single-device': 'high' } },
      }),
    },
  ],
  [
    'issuer id-token/issuer',
    { change: (c) => ({ ...c, method: { ...c.method, provider: 'https://a.example' } }) },
  ],
  [
    'proof-known proof/not-judged',
    {
      change: (c) => ({
        ...c,
        proofs: c.proofs.map((p) => ({ ...p, mediaType: 'application/x-passkey' })),
      }),
    },
  ],
];
