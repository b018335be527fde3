/** An authenticator in software: makes keys, and signs with them, as a browser would have it done. It does what it is told. */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { writeCbor } from './cbor.ts';

/** Numbers of COSE. */
export const ALGORITHMS = { ES256: -7, EdDSA: -8, RS256: -257 } as const;
export type AlgorithmName = keyof typeof ALGORITHMS;

/** A key as it is kept; binary parts are base64url. */
export interface SoftKey {
  readonly id: string;
  readonly rpId: string;
  readonly userHandle: string;
  readonly algorithm: AlgorithmName;
  /** PEM. */
  readonly privateKey: string;
  /** The last one; an authenticator that keeps none says zero. */
  readonly counter: number;
  /** It may be on several devices. */
  readonly synced: boolean;
}

/** What pages ask for: see `src/web/portal/passkey.js`. */
export interface CreationOptions {
  readonly challenge: string;
  readonly rp: { readonly id: string };
  readonly user: { readonly id: string };
  readonly pubKeyCredParams: readonly { readonly alg: number }[];
  readonly excludeCredentials: readonly { readonly id: string }[];
}

export interface RequestOptions {
  readonly challenge: string;
  readonly rpId: string;
}

/** As `PublicKeyCredential.toJSON` has it (section 5.1); binary parts are base64url. */
export interface CredentialJson<R> {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: R;
  readonly clientExtensionResults: object;
}

export type RegistrationJson = CredentialJson<{
  readonly clientDataJSON: string;
  readonly attestationObject: string;
  readonly transports: readonly string[];
}>;

export type AssertionJson = CredentialJson<{
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
  readonly userHandle: string;
}>;

/** What it may get wrong on purpose. */
export interface Lies {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly flags?: number;
  readonly counter?: number;
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

const FLAGS = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40 } as const;

function generate(algorithm: AlgorithmName): {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
} {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

function coseKey(algorithm: AlgorithmName, key: KeyObject): Buffer {
  const { x = '', y = '', n = '', e = '' } = key.export({ format: 'jwk' });
  const bytes = (encoded: string): Buffer => Buffer.from(encoded, 'base64url');
  const common = [3, ALGORITHMS[algorithm]] as const;
  if (algorithm === 'ES256')
    return writeCbor(
      new Map<number, number | Buffer>([[1, 2], common, [-1, 1], [-2, bytes(x)], [-3, bytes(y)]]),
    );
  if (algorithm === 'EdDSA')
    return writeCbor(new Map<number, number | Buffer>([[1, 1], common, [-1, 6], [-2, bytes(x)]]));
  return writeCbor(new Map<number, number | Buffer>([[1, 3], common, [-1, bytes(n)], [-2, bytes(e)]]));
}

function authenticatorData(rpId: string, flags: number, counter: number, attested = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(5, flags);
  head.writeUInt32BE(counter, 1);
  return Buffer.concat([createHash('sha256').update(rpId).digest(), head, attested]);
}

const clientData = (type: string, challenge: string, origin: string, crossOrigin: boolean): Buffer =>
  Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin }));

/** A new key for a page of `origin`, which says that it verified its user. */
export function makeCredential(
  { challenge, rp, user, pubKeyCredParams }: CreationOptions,
  origin: string,
  {
    algorithm = 'ES256',
    synced = true,
    ...lies
  }: Lies & { readonly algorithm?: AlgorithmName; readonly synced?: boolean } = {},
): { readonly key: SoftKey; readonly response: RegistrationJson } {
  if (!pubKeyCredParams.some(({ alg }) => alg === ALGORITHMS[algorithm]))
    throw new TypeError(`nobody asked for ${algorithm}`);
  const { publicKey, privateKey } = generate(algorithm);
  const id = randomBytes(32);
  const counter = lies.counter ?? 0;
  const attested = Buffer.concat([
    Buffer.alloc(16),
    Buffer.of(0, id.length),
    id,
    coseKey(algorithm, publicKey),
  ]);
  const backup = synced ? FLAGS.BE | FLAGS.BS : 0;
  const flags = lies.flags ?? FLAGS.UP | FLAGS.UV | FLAGS.AT | backup;
  const authData = authenticatorData(lies.rpId ?? rp.id, flags, counter, attested);
  const statement = new Map<string, string | Buffer | ReadonlyMap<string, string>>([
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', authData],
  ]);
  return {
    key: {
      ...{ id: base64url(id), rpId: rp.id, userHandle: user.id, algorithm, counter, synced },
      privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    },
    response: {
      ...{ id: base64url(id), rawId: base64url(id), type: 'public-key', clientExtensionResults: {} },
      response: {
        clientDataJSON: base64url(
          clientData(
            lies.type ?? 'webauthn.create',
            lies.challenge ?? challenge,
            lies.origin ?? origin,
            lies.crossOrigin ?? false,
          ),
        ),
        attestationObject: base64url(writeCbor(statement)),
        transports: ['internal'],
      },
    },
  };
}

/** Signs what a page of `origin` asks for; gives the key with its counter, too. */
export function getAssertion(
  key: SoftKey,
  { challenge, rpId }: RequestOptions,
  origin: string,
  lies: Lies = {},
): { readonly key: SoftKey; readonly response: AssertionJson } {
  const counter = lies.counter ?? (key.synced ? 0 : key.counter + 1);
  const backup = key.synced ? FLAGS.BE | FLAGS.BS : 0;
  const data = authenticatorData(lies.rpId ?? rpId, lies.flags ?? FLAGS.UP | FLAGS.UV | backup, counter);
  const json = clientData(
    lies.type ?? 'webauthn.get',
    lies.challenge ?? challenge,
    lies.origin ?? origin,
    lies.crossOrigin ?? false,
  );
  const signed = Buffer.concat([data, createHash('sha256').update(json).digest()]);
  const digest = key.algorithm === 'EdDSA' ? null : 'sha256';
  return {
    key: { ...key, counter },
    response: {
      ...{ id: key.id, rawId: key.id, type: 'public-key', clientExtensionResults: {} },
      response: {
        clientDataJSON: base64url(json),
        authenticatorData: base64url(data),
        signature: base64url(sign(digest, signed, createPrivateKey(key.privateKey))),
        userHandle: key.userHandle,
      },
    },
  };
}
