/** Identity evidence to test with: a log-on at a provider of our own, about one document. */
import { constants, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import {
  commitTo,
  nonceOf,
  sha256Hex,
  shortCode,
  shownText,
} from '@segl/identity/evidence/identity/commitment';
import type { IdentityEvidence } from '@segl/identity/evidence/identity/content';
import type { Assurance } from '@segl/identity/method';
import { carried, writeIdentityEvidence } from '@segl/identity/evidence/identity/write';
import { newRsaKey } from '../test-place.ts';

export const ISSUER = 'https://provider.example.com';
export const CLIENT = 'segl';
export const DOCUMENT = Buffer.from('I promise to feed the birds.');
/** When it was received. */
export const RECEIVED = new Date('2026-03-01T11:58:00.123Z');
const STARTED = new Date('2026-03-01T11:57:10.000Z');

export interface TokenKey {
  readonly privateKey: KeyObject;
  readonly jwks: Buffer;
  readonly kid: string;
  readonly alg: string;
}

export function tokenKey(alg: 'RS256' | 'PS256' | 'ES256' = 'ES256', kid = 'key-1'): TokenKey {
  const { privateKey, publicKey } =
    alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : newRsaKey();
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
  return { privateKey, kid, alg, jwks: Buffer.from(JSON.stringify({ keys: [jwk] })) };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWS in compact form. `header`: over what is usual. */
export function writeToken(claims: object, key: TokenKey, header: object = {}): Buffer {
  const { alg, kid, privateKey } = key;
  const signed = `${encode({ alg, kid, typ: 'JWT', ...header })}.${encode(claims)}`;
  const value = sign('sha256', Buffer.from(signed), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
    ...(alg === 'PS256' && {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }),
  });
  return Buffer.from(`${signed}.${value.toString('base64url')}`);
}

export type Content = Parameters<typeof writeIdentityEvidence>[0];

export interface EvidenceOptions {
  readonly key?: TokenKey;
  /** Over the claims of the id_token. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: object;
  /** For a log-on that confirms a statement. */
  readonly binding?: string;
  /** What is asked for. */
  readonly level?: Assurance;
  /** The signature and everything else; changed before it is written. */
  readonly change?: (content: Content) => Content;
}

/** What a sound log-on leaves behind. */
export function evidenceOf(options: EvidenceOptions = {}): Buffer {
  const { key = tokenKey(), claims: more = {}, header, binding, change = (content) => content } = options;
  const isLogOn = binding !== undefined;
  const commitment = commitTo(
    {
      service: 'demo',
      session: 'a session',
      documents: isLogOn
        ? []
        : [
            {
              id: 'doc',
              title: 'A promise',
              mediaType: 'text/plain',
              size: DOCUMENT.length,
              sha256: sha256Hex(DOCUMENT),
            },
          ],
      ...(isLogOn && { binding }),
      consent: { text: 'Sign: A promise', language: 'en' },
      level: options.level ?? 'substantial',
    },
    { now: STARTED, random: randomBytes },
  );
  const shown = shownText(commitment, 130);
  const seconds = Math.floor(RECEIVED.getTime() / 1000);
  const claims = {
    iss: ISSUER,
    aud: CLIENT,
    sub: 'pseudonym',
    nonce: nonceOf(commitment),
    iat: seconds - 5,
    exp: seconds + 300,
    auth_time: seconds - 6,
    loa: 'SUBSTANTIAL',
    uuid: 'd5ea6331-6de4-49e9-852c-1415b31537c2',
    name: 'Åse Møller',
    number: '0102030405',
    scheme: 'example',
    text: shown,
    ...more,
  };
  const token = (proof: string) => ({ proof: 'id-token', claims: [proof] });
  const content: Content = {
    purpose: isLogOn ? 'log-on' : 'sign',
    commitment,
    method: {
      ...{ name: 'example-sign', kind: 'oidc', eid: 'example', provider: ISSUER, client: CLIENT },
      ...{ profile: 'generic', test: false, answered: { claim: 'scheme', values: ['example'] } },
    },
    subject: {
      id: { scheme: 'uuid', issuer: ISSUER, value: 'd5ea6331-6de4-49e9-852c-1415b31537c2' },
      displayName: 'Åse Møller',
      nationalId: {
        ...{ country: 'DK', type: 'NUMBER', value: '0102030405' },
        salt: randomBytes(32).toString('base64url'),
      },
      continuity: [],
      sources: { id: token('uuid'), displayName: token('name'), nationalId: token('number') },
    },
    assurance: {
      ...{ level: 'substantial', claim: 'loa', value: 'SUBSTANTIAL', factors: [] },
      scale: { LOW: 'low', SUBSTANTIAL: 'substantial', HIGH: 'high' },
    },
    intent: {
      ...{ shown, limit: 130, returned: { claim: 'text', value: shown } },
      ...{ language: 'en', code: shortCode(commitment) },
    },
    match: { rule: 'none', result: 'not-compared' },
    context: { ip: '192.0.2.1', userAgent: 'Test', origin: 'https://sign.example.com' },
    times: {
      started: STARTED.toISOString(),
      authenticated: new Date((seconds - 6) * 1000).toISOString(),
      received: RECEIVED.toISOString(),
    },
    proofs: [
      { role: 'id-token', mediaType: 'application/jwt', ...carried(writeToken(claims, key, header)) },
      {
        role: 'request',
        mediaType: 'application/json',
        ...carried(Buffer.from(JSON.stringify({ nonce: claims.nonce }))),
      },
    ],
    trust: [
      {
        ...{ role: 'keys', mediaType: 'application/jwk-set+json', source: `${ISSUER}/jwks` },
        ...{ fetched: RECEIVED.toISOString(), ...carried(key.jwks) },
      },
    ],
    limits: ['keys-not-certified'],
  };
  return writeIdentityEvidence(change(content));
}

/** What the package of `evidenceOf` tells. */
export const told = {
  at: RECEIVED,
  displayName: 'Åse Møller',
  uniqueId: 'd5ea6331-6de4-49e9-852c-1415b31537c2',
  document: { sha256: Buffer.from(sha256Hex(DOCUMENT), 'hex'), title: 'A promise', mimeType: 'text/plain' },
} as const;

/** Reads, without a judgement. */
export const parsed = (bytes: Uint8Array): IdentityEvidence =>
  JSON.parse(Buffer.from(bytes).toString('utf8')) as IdentityEvidence;
