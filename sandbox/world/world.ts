import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import type { Clock } from '@segl/problem/clock';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { createSigningKey } from '@segl/pki/keys/keys';
import { TSA_POLICY } from '../arc.ts';
import { issueCertificate } from '../pki/issue.ts';
import { answerOcsp, type CertificateStatus } from '../pki/ocsp-responder.ts';
import { answerTimestamp } from '../pki/tsa.ts';
import { writeCrl } from './crl.ts';
import { holders as ownHolders, ocspResponder } from './hierarchy.ts';
import type { CertificateState, Holder } from './holder.ts';
import { JsonFile } from './json-file.ts';

const DAY = 86_400_000;
const YEAR = 365 * DAY;

// clocks of other machines may be a little behind
const HEAD_START = 3_600_000;

// certificates that would soon be of no use are issued again at start
const RENEW_BEFORE = 60 * DAY;

const RESPONDER_VALIDITY = 3 * DAY;

/** Id of the key of those who answer OCSP. */
const OCSP_KEY = 'ocsp';

/** CRLReason certificateHold. */
const HOLD = 6;

/** Everything that was ever issued keeps its status, so old signatures stay checkable. */
interface Issued {
  readonly serial: string;
  readonly issuer: string;
  readonly subject: string;
  revokedAt?: string;
  /** The revocation can be taken back (certificateHold). */
  hold?: true;
}

interface Saved {
  /** PKCS#8 PEM. */
  readonly keys: Record<string, string>;
  /** DER in base64, the latest one of each holder. */
  readonly certificates: Record<string, string>;
  readonly issued: Issued[];
}

const newKey = async (): Promise<string> => {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
};

export interface Authority {
  readonly id: string;
  /** As people read it. */
  readonly name: string;
}

/** The test PKI: its authorities, the certificates they issued, and what they answer about them. */
export class World {
  readonly url: string;
  readonly #file: JsonFile<Saved>;
  readonly #saved: Saved;
  readonly #clock: Clock;
  readonly #authorities = new Map<string, Authority>();
  readonly #keys = new Map<string, KeyObject>();
  readonly #responders = new Map<string, { key: SigningKey; until: number }>();
  #tsa: SigningKey | undefined;

  private constructor(file: JsonFile<Saved>, url: string, clock: Clock) {
    this.#file = file;
    this.#saved = file.value;
    this.url = url;
    this.#clock = clock;
  }

  /** Reads the world from `folder`, or makes it, with what is for seals and time-stamps. */
  static async open(input: { folder: string; url: string; clock: Clock }): Promise<World> {
    const file = await JsonFile.open<Saved>(join(input.folder, 'pki.json'), () => ({
      keys: {},
      certificates: {},
      issued: [],
    }));
    const world = new World(file, input.url, input.clock);
    await world.add(ownHolders);
    return world;
  }

  /**
   * Gives everyone key and certificate who has none; authorities stand before those whom they issue to. Keys and roots are
   * made once; the other certificates are issued again when the sandbox's URL changed, because they carry it, or when
   * they are about to expire.
   */
  async add(holders: readonly Holder[]): Promise<void> {
    const { keys, issued } = this.#saved;
    const keyless = [...holders.map(({ id }) => id), OCSP_KEY].filter((id) => !Object.hasOwn(keys, id));
    const made = await Promise.all(keyless.map(async (id) => [id, await newKey()] as const));
    // another call may have made one meanwhile, and have had it certified
    for (const [id, key] of made) keys[id] ??= key;
    const issuedBefore = issued.length;
    for (const holder of holders) {
      const { id, authority } = holder;
      if (authority !== undefined) this.#authorities.set(id, { id, name: authority });
      if (this.#needsCertificate(holder)) this.#issue(holder);
    }
    if (keyless.length > 0 || issued.length > issuedBefore) await this.#file.save();
  }

  /** Everyone who issues certificates. */
  get authorities(): Authority[] {
    return [...this.#authorities.values()];
  }

  /** Undefined: there is none of this id. */
  authority(id: string): Authority | undefined {
    return this.#authorities.get(id);
  }

  /** DER of the holder's latest certificate. */
  certificate(id: string): Uint8Array {
    return Uint8Array.from(Buffer.from(this.#saved.certificates[id] ?? '', 'base64'));
  }

  /** PKCS#8. */
  keyPem(id: string): string {
    return this.#saved.keys[id] ?? '';
  }

  key(id: string): KeyObject {
    const known = this.#keys.get(id) ?? createPrivateKey(this.keyPem(id));
    this.#keys.set(id, known);
    return known;
  }

  /** Issues another certificate, for the key that is kept here or for one that somebody else keeps. */
  async issue(holder: Holder, key?: KeyObject): Promise<void> {
    if (!key) this.#saved.keys[holder.id] ??= await newKey();
    this.#issue(holder, key);
    await this.#file.save();
  }

  /** What holds now for the holder's latest certificate. */
  state(holder: Holder): CertificateState {
    const { notAfter } = this.#parsed(holder.id);
    const issued = this.#latest(holder);
    if (issued?.revokedAt) return issued.hold ? 'locked' : 'revoked';
    return notAfter < this.#clock.now() ? 'expired' : 'valid';
  }

  /**
   * Revokes or locks the latest certificate, takes a lock back, or issues another one: a valid one where the present one
   * is past help, one whose time is over where that is asked for.
   */
  async setState(holder: Holder, state: CertificateState): Promise<void> {
    const before = this.state(holder);
    const issued = this.#latest(holder);
    if (before === state || !issued) return;
    if (state === 'expired' || ((before === 'revoked' || before === 'expired') && state === 'valid')) {
      this.#issue({ ...holder, state });
    } else if (state === 'valid') {
      delete issued.revokedAt;
      delete issued.hold;
    } else {
      issued.revokedAt ??= this.#clock.now().toISOString();
      if (state === 'locked') issued.hold = true;
      else delete issued.hold;
    }
    await this.#file.save();
  }

  /** Of a certificate by its serial number, upper-case hex; undefined: this authority never issued it. */
  status(authority: string, serial: string): CertificateStatus | undefined {
    const issued = this.#issued(authority, serial);
    if (!issued?.revokedAt) return issued && { status: 'good' };
    return {
      status: 'revoked',
      revokedAt: new Date(issued.revokedAt),
      ...(issued.hold && { reason: HOLD }),
    };
  }

  /** DER OCSPResponse to a DER OCSPRequest about certificates of this authority; `at`: when it is made. */
  async answerOcsp(
    authority: string,
    request: Uint8Array,
    at: Date = this.#clock.now(),
  ): Promise<Uint8Array> {
    return answerOcsp(request, {
      issuer: this.#parsed(authority),
      lookup: (serial) => this.status(authority, serial),
      responder: this.#responder(authority),
      now: at,
    });
  }

  /** DER TimeStampResp to a DER TimeStampReq. */
  async answerTimestamp(request: Uint8Array): Promise<Uint8Array> {
    return answerTimestamp(request, {
      key: this.#timestampKey(),
      now: this.#clock.now(),
      policyOid: TSA_POLICY,
      serial: randomBytes(16),
    });
  }

  /** The same as long as its certificate is. */
  #timestampKey(): SigningKey {
    const certificate = this.certificate('tsa');
    if (!this.#tsa || Buffer.compare(this.#tsa.certificate, certificate) !== 0) {
      const chain = [this.certificate('tsa-root')];
      this.#tsa = createSigningKey({ privateKey: this.key('tsa'), certificate, chain });
    }
    return this.#tsa;
  }

  /** DER of the authority's revocation list. */
  crl(authority: string): Uint8Array {
    const revoked = this.#saved.issued.flatMap(({ issuer, serial, revokedAt, hold }) =>
      issuer === authority && revokedAt
        ? [{ serial, revokedAt: new Date(revokedAt), ...(hold && { reason: HOLD }) }]
        : [],
    );
    const issuer = { certificate: this.#parsed(authority), key: this.key(authority) };
    return writeCrl(issuer, revoked, this.#clock.now());
  }

  #parsed(id: string): Certificate {
    return parseCertificate(this.certificate(id));
  }

  #issued(issuer: string, serial: string): Issued | undefined {
    return this.#saved.issued.find((entry) => entry.issuer === issuer && entry.serial === serial);
  }

  #latest({ id, issuer }: Holder): Issued | undefined {
    return issuer === undefined ? undefined : this.#issued(issuer, this.#parsed(id).serialNumber);
  }

  #needsCertificate({ id, issuer, state }: Holder): boolean {
    if (!Object.hasOwn(this.#saved.certificates, id)) return true;
    const soon = this.#clock.now().getTime() + RENEW_BEFORE;
    const expires = state !== 'expired' && this.#parsed(id).notAfter.getTime() < soon;
    return expires || (issuer !== undefined && !Buffer.from(this.certificate(id)).includes(`${this.url}/`));
  }

  #issue({ id, subject, issuer, years, state, extensions }: Holder, key = this.key(id)): void {
    const now = this.#clock.now();
    const validity = years * YEAR;
    const notAfter = state === 'expired' ? now.getTime() - DAY : now.getTime() + validity;
    const notBefore = state === 'expired' ? notAfter - validity : now.getTime() - HEAD_START;
    const der = issueCertificate({
      subject,
      publicKey: createPublicKey(key),
      issuer: issuer
        ? { certificate: this.#parsed(issuer), privateKey: this.key(issuer) }
        : { selfSignedWith: key },
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
      extensions: extensions(this.url),
    });
    const { serialNumber, subjectDn } = parseCertificate(der);
    this.#saved.certificates[id] = Buffer.from(der).toString('base64');
    if (!issuer) return;
    const closed = state === 'revoked' || state === 'locked';
    this.#saved.issued.push({
      serial: serialNumber,
      issuer,
      subject: subjectDn,
      ...(closed && { revokedAt: now.toISOString() }),
      ...(state === 'locked' && { hold: true }),
    });
  }

  /** Responders' certificates live three days, as the real ones did, and are made when they are needed. */
  #responder(authority: string): SigningKey {
    const now = this.#clock.now().getTime();
    const current = this.#responders.get(authority);
    if (current && now < current.until) return current.key;
    const privateKey = this.key(OCSP_KEY);
    const issuer = { certificate: this.#parsed(authority), privateKey: this.key(authority) };
    const { subject, extensions } = ocspResponder(
      authority,
      this.#authorities.get(authority)?.name ?? authority,
    );
    const certificate = issueCertificate({
      subject,
      publicKey: createPublicKey(privateKey),
      issuer,
      notBefore: new Date(now - HEAD_START),
      notAfter: new Date(now + RESPONDER_VALIDITY),
      extensions: extensions(this.url),
    });
    const key = createSigningKey({ privateKey, certificate, chain: [issuer.certificate.der] });
    this.#responders.set(authority, { key, until: now + RESPONDER_VALIDITY / 2 });
    return key;
  }
}
