/**
 * What authenticators write (Web Authentication Level 3): authenticator data (section 6.1), attested credentials (6.5.2) and
 * public keys (COSE, RFC 9053), read from the CBOR that CTAP2 allows. Every byte belongs to something.
 */
import { createHash, createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { SignatureScheme, UsedAlgorithm } from '@segl/pki/algorithms/algorithm-constraints';

/** What is kept of a credential's use, as numbers of COSE: the first is what is asked for first. */
export const COSE_ALGORITHMS = [-7, -8, -257] as const;

export interface Flags {
  readonly userPresent: boolean;
  readonly userVerified: boolean;
  /** The key may be on several devices. */
  readonly backupEligible: boolean;
  /** It is, now. */
  readonly backedUp: boolean;
}

export interface AuthenticatorData {
  /** SHA-256 of the relying party's id, lower-case hex. */
  readonly rpIdHash: string;
  readonly flags: Flags;
  readonly counter: number;
  /** At registration. */
  readonly credential?: {
    /** Of the kind of authenticator, as a UUID. */
    readonly aaguid: string;
    readonly id: Uint8Array;
    /** COSE. */
    readonly publicKey: Uint8Array;
  };
}

/** A value of CBOR, of the kinds that authenticators write. */
type Cbor = number | string | boolean | null | Uint8Array | readonly Cbor[] | ReadonlyMap<Cbor, Cbor>;

/** What cannot be read. It never leaves this file. */
class Malformed extends Error {}

const MAX_DEPTH = 8;

class CborReader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  take(count: number): Buffer {
    if (count > this.#bytes.length - this.at) throw new Malformed();
    return this.#bytes.subarray(this.at, (this.at += count));
  }

  /** The argument behind a first byte, in the shortest form (RFC 8949 section 4.2.1), up to 32 bits. */
  #argument(low: number): number {
    if (low < 24) return low;
    const size = { 24: 1, 25: 2, 26: 4 }[low];
    if (size === undefined) throw new Malformed();
    const value = this.take(size).readUIntBE(0, size);
    if (value < (size === 1 ? 24 : 2 ** (4 * size))) throw new Malformed();
    return value;
  }

  value(depth = 0): Cbor {
    if (depth > MAX_DEPTH) throw new Malformed();
    const first = this.take(1).readUInt8();
    const [major, low] = [first >> 5, first & 31];
    if (major === 7) {
      if (low === 20 || low === 21) return low === 21;
      if (low === 22) return null;
      throw new Malformed();
    }
    const argument = this.#argument(low);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return -1 - argument;
      case 2:
        return this.take(argument);
      case 3:
        return new TextDecoder('utf-8', { fatal: true }).decode(this.take(argument));
      case 4:
        return this.#items(argument, () => this.value(depth + 1));
      case 5:
        return this.#map(argument, depth);
      default:
        throw new Malformed();
    }
  }

  #items<T>(count: number, read: () => T): T[] {
    // each takes a byte at least
    if (count > this.#bytes.length - this.at) throw new Malformed();
    return Array.from({ length: count }, read);
  }

  #map(count: number, depth: number): ReadonlyMap<Cbor, Cbor> {
    const entries = this.#items(count, () => [this.value(depth + 1), this.value(depth + 1)] as const);
    const map = new Map(entries);
    if (map.size !== count || entries.some(([key]) => !['number', 'string'].includes(typeof key)))
      throw new Malformed();
    return map;
  }

  end(): void {
    if (this.at !== this.#bytes.length) throw new Malformed();
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    // a TypeError: text that is no UTF-8
    if (error instanceof Malformed || error instanceof TypeError) return undefined;
    throw error;
  }
}

const FLAG = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40, ED: 0x80 } as const;
/** Reserved for future use: nobody knows what they would mean. */
const RESERVED = 0x22;

/** Undefined: it is not authenticator data. */
export const readAuthenticatorData = (bytes: Uint8Array): AuthenticatorData | undefined =>
  attempt(() => {
    const reader = new CborReader(bytes);
    const rpIdHash = reader.take(32).toString('hex');
    const flags = reader.take(1).readUInt8();
    const counter = reader.take(4).readUInt32BE();
    const has = (flag: number): boolean => (flags & flag) !== 0;
    // what is not on several devices cannot be backed up (section 6.1.3)
    if (has(RESERVED) || (has(FLAG.BS) && !has(FLAG.BE))) throw new Malformed();
    const credential = has(FLAG.AT) ? readCredential(reader) : undefined;
    if (has(FLAG.ED) && !(reader.value() instanceof Map)) throw new Malformed();
    reader.end();
    return {
      ...{ rpIdHash, counter },
      flags: {
        userPresent: has(FLAG.UP),
        userVerified: has(FLAG.UV),
        backupEligible: has(FLAG.BE),
        backedUp: has(FLAG.BS),
      },
      ...(credential && { credential }),
    };
  });

function readCredential(reader: CborReader): NonNullable<AuthenticatorData['credential']> {
  const hex = reader.take(16).toString('hex');
  const id = reader.take(reader.take(2).readUInt16BE());
  const from = reader.at;
  if (!(reader.value() instanceof Map)) throw new Malformed();
  const length = reader.at - from;
  reader.at = from;
  return {
    aaguid: hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    id,
    publicKey: reader.take(length),
  };
}

/** An attestation object (section 6.5.4); undefined: it is none. Whether its statement holds is not judged. */
export const readAttestation = (
  bytes: Uint8Array,
): { readonly fmt: string; readonly data: AuthenticatorData } | undefined =>
  attempt(() => {
    const reader = new CborReader(bytes);
    const object = reader.value();
    reader.end();
    if (!(object instanceof Map)) throw new Malformed();
    const [fmt, authData, statement] = ['fmt', 'authData', 'attStmt'].map((name) => object.get(name) as Cbor);
    const data = authData instanceof Uint8Array ? readAuthenticatorData(authData) : undefined;
    if (typeof fmt !== 'string' || !data || !(statement instanceof Map) || object.size !== 3)
      throw new Malformed();
    return { fmt, data };
  });

export interface CredentialKey extends UsedAlgorithm {
  /** COSE. */
  readonly algorithm: (typeof COSE_ALGORITHMS)[number];
}

/** Bits of an RSA key. */
const LEAST_RSA = 2048;

const KEYS: Readonly<
  Record<
    CredentialKey['algorithm'],
    {
      readonly scheme: SignatureScheme;
      /** Its members in COSE beside the algorithm, and as a JWK. */
      readonly fixed: ReadonlyMap<number, number>;
      readonly members: Readonly<Record<string, number>>;
      readonly jwk: JsonWebKey;
    }
  >
> = {
  [-7]: {
    scheme: 'EC',
    fixed: new Map([
      [1, 2],
      [-1, 1],
    ]),
    members: { x: -2, y: -3 },
    jwk: { kty: 'EC', crv: 'P-256' },
  },
  [-8]: {
    scheme: 'EdDSA',
    fixed: new Map([
      [1, 1],
      [-1, 6],
    ]),
    members: { x: -2 },
    jwk: { kty: 'OKP', crv: 'Ed25519' },
  },
  [-257]: { scheme: 'RSA', fixed: new Map([[1, 3]]), members: { n: -1, e: -2 }, jwk: { kty: 'RSA' } },
};

/** A public key of one of `COSE_ALGORITHMS`, with nothing in it that is not of the key; undefined: it is none. */
export const readCoseKey = (bytes: Uint8Array): CredentialKey | undefined =>
  attempt(() => {
    const reader = new CborReader(bytes);
    const map = reader.value();
    reader.end();
    if (!(map instanceof Map)) throw new Malformed();
    const algorithm = COSE_ALGORITHMS.find((one) => one === map.get(3));
    if (algorithm === undefined) throw new Malformed();
    const { scheme, fixed, members, jwk } = KEYS[algorithm];
    const entries = Object.entries(members).map(([name, label]) => [name, map.get(label)] as const);
    const isWhole = map.size === 1 + fixed.size + entries.length;
    if (!isWhole || [...fixed].some(([label, value]) => map.get(label) !== value)) throw new Malformed();
    const key = publicKeyOf({
      ...jwk,
      ...Object.fromEntries(
        entries.map(([name, value]) => {
          if (!(value instanceof Uint8Array)) throw new Malformed();
          return [name, Buffer.from(value).toString('base64url')];
        }),
      ),
    });
    if (scheme === 'RSA' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_RSA) throw new Malformed();
    return { algorithm, scheme, digest: scheme === 'EdDSA' ? 'sha512' : 'sha256', key };
  });

function publicKeyOf(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    // a point that is not on its curve, or numbers that are no key
    throw new Malformed();
  }
}

/** What an assertion's signature is over (section 7.2, step 20). */
export const signedByAssertion = (authenticatorData: Uint8Array, clientDataJson: Uint8Array): Buffer =>
  Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJson).digest()]);

/** ECDSA values are in DER (section 6.5.5). */
export const holdsAssertion = (
  { scheme, key }: CredentialKey,
  signed: Uint8Array,
  value: Uint8Array,
): boolean => verify(scheme === 'EdDSA' ? null : 'sha256', signed, key, value);

/** What a browser says that it asked for (section 5.8.1). */
export interface ClientData {
  readonly type: string;
  /** Base64url. */
  readonly challenge: string;
  readonly origin: string;
  /** Asked for in a frame of another origin's page. */
  readonly crossOrigin: boolean;
}

const MAX_CLIENT_DATA = 4_096;

/** Undefined: it is no such JSON. */
export function readClientData(bytes: Uint8Array): ClientData | undefined {
  if (bytes.length > MAX_CLIENT_DATA) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value !== 'object' || value === null) return undefined;
    const { type, challenge, origin, crossOrigin = false, topOrigin } = value as Record<string, unknown>;
    if (typeof type !== 'string' || typeof challenge !== 'string' || typeof origin !== 'string')
      return undefined;
    return { type, challenge, origin, crossOrigin: crossOrigin !== false || topOrigin !== undefined };
  } catch {
    return undefined;
  }
}

/** Whether pages of an origin may use the credentials of a relying party's id: its host, or one below it. */
export function isWithin(origin: string, rpId: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  return hostname === rpId || hostname.endsWith(`.${rpId}`);
}

/** As authenticators name a relying party: lower-case hex. */
export const rpIdHashOf = (rpId: string): string => createHash('sha256').update(rpId).digest('hex');
