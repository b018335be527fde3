import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import type { Clock } from '@segl/problem/clock';
import { isSeglError } from '@segl/problem/errors';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { createSigningKey } from '@segl/pki/keys/keys';
import { buildPath } from '@segl/pki/x509/path';
import { TSA_POLICY, VOCES_POLICY } from '../arc.ts';
import type { CertificateState, TestPerson } from '../persons.ts';
import { issueCertificate } from '../pki/issue.ts';
import { answerOcsp, type CertificateStatus } from '../pki/ocsp-responder.ts';
import { answerTimestamp } from '../pki/tsa.ts';
import { writeCrl } from './crl.ts';
import {
  authorities,
  enterpriseHolder,
  holders,
  ocspResponder,
  personHolder,
  type AuthorityId,
  type EnterpriseSubject,
  type Holder,
  type HolderId,
} from './hierarchy.ts';
import { JsonFile } from './json-file.ts';

/** The name under which NemID has the service provider on record. */
export const FRIENDLY_NAME = 'Segl Sandbox';

const DAY = 86_400_000;
const YEAR = 365 * DAY;

// clocks of other machines may be a little behind
const HEAD_START = 3_600_000;

// certificates that would soon be of no use are issued again at start
const RENEW_BEFORE = 60 * DAY;

const RESPONDER_VALIDITY = 3 * DAY;

const SUBJECT_SERIAL_NUMBER = '2.5.4.5';

/** CRLReason certificateHold. */
const HOLD = 6;

type KeyId = HolderId | 'ocsp';

/** Everything that was ever issued keeps its status, so old signatures stay checkable. */
interface Issued {
  readonly serial: string;
  readonly issuer: AuthorityId;
  readonly subject: string;
  revokedAt?: string;
  /** The revocation can be taken back (certificateHold). */
  hold?: true;
}

interface Saved {
  /** The URL that the certificates carry. */
  url: string;
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

/** The test PKI: its authorities, the certificates they issued, and what they answer about them. */
export class World {
  readonly url: string;
  readonly authorities = authorities;
  readonly #file: JsonFile<Saved>;
  readonly #saved: Saved;
  readonly #clock: Clock;
  readonly #keys = new Map<KeyId, KeyObject>();
  readonly #responders = new Map<AuthorityId, { key: SigningKey; until: number }>();
  #tsa: SigningKey | undefined;

  private constructor(file: JsonFile<Saved>, url: string, clock: Clock) {
    this.#file = file;
    this.#saved = file.value;
    this.url = url;
    this.#clock = clock;
  }

  /**
   * Reads the world from `folder`, or makes it. Keys and roots are made once; the other certificates are issued again
   * when the sandbox's URL changed, because they carry it, or when they are about to expire.
   */
  static async open(input: {
    folder: string;
    url: string;
    persons: readonly TestPerson[];
    clock: Clock;
  }): Promise<World> {
    const file = await JsonFile.open<Saved>(join(input.folder, 'pki.json'), () => ({
      url: '',
      keys: {},
      certificates: {},
      issued: [],
    }));
    const saved = file.value;
    const everyone = holders(input.persons);
    const keyless = [...everyone.map(({ id }) => id), 'ocsp'].filter((id) => !Object.hasOwn(saved.keys, id));
    const keys = await Promise.all(keyless.map(async (id) => [id, await newKey()] as const));
    Object.assign(saved.keys, Object.fromEntries(keys));

    const world = new World(file, input.url, input.clock);
    const issuedBefore = saved.issued.length;
    for (const holder of everyone) {
      if (world.#needsCertificate(holder)) world.#issue(holder);
    }
    if (keyless.length > 0 || saved.issued.length > issuedBefore || saved.url !== input.url) {
      saved.url = input.url;
      await file.save();
    }
    return world;
  }

  /** DER of the holder's latest certificate. */
  certificate(id: HolderId): Uint8Array {
    return Uint8Array.from(Buffer.from(this.#saved.certificates[id] ?? '', 'base64'));
  }

  /** PKCS#8. */
  keyPem(id: HolderId): string {
    return this.#saved.keys[id] ?? '';
  }

  certificateOf(person: TestPerson): Uint8Array {
    return this.certificate(`person-${person.userId}`);
  }

  /** A person's key with certificates in the order leaf, issuing authority, root. */
  identityOf(person: TestPerson): { key: KeyObject; certificates: [Uint8Array, Uint8Array, Uint8Array] } {
    return {
      key: this.#key(`person-${person.userId}`),
      certificates: [this.certificateOf(person), this.certificate('oces-ca'), this.certificate('oces-root')],
    };
  }

  /** Makes key and certificate for a person who is new. */
  async enroll(person: TestPerson): Promise<void> {
    const id: HolderId = `person-${person.userId}`;
    this.#saved.keys[id] ??= await newKey();
    this.#issue(personHolder(person));
    await this.#file.save();
  }

  /** What holds for the person's latest certificate now. */
  certificateState(person: TestPerson): CertificateState {
    const { serialNumber, notAfter } = parseCertificate(this.certificateOf(person));
    const issued = this.#issued('oces-ca', serialNumber);
    if (issued?.revokedAt) return issued.hold ? 'locked' : 'revoked';
    return notAfter < this.#clock.now() ? 'expired' : 'valid';
  }

  /**
   * Revokes or locks the person's certificate, takes a lock back, or issues another one: a valid one where the
   * present one is past help, one whose time is over where that is asked for.
   */
  async setCertificateState(person: TestPerson, state: CertificateState): Promise<void> {
    const before = this.certificateState(person);
    const issued = this.#issued('oces-ca', parseCertificate(this.certificateOf(person)).serialNumber);
    if (before === state || !issued) return;
    if (state === 'expired' || ((before === 'revoked' || before === 'expired') && state === 'valid')) {
      this.#issue(personHolder({ ...person, certificate: state }));
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

  /** A new key with its certificate for a company or function; the sandbox keeps only the certificate. */
  async issueEnterprise(
    id: string,
    subject: EnterpriseSubject,
  ): Promise<{ key: KeyObject; certificates: [Uint8Array, Uint8Array, Uint8Array] }> {
    const key = createPrivateKey(await newKey());
    const holder = enterpriseHolder(id, subject);
    this.#issue(holder, key);
    await this.#file.save();
    return {
      key,
      certificates: [this.certificate(holder.id), this.certificate('oces-ca'), this.certificate('oces-root')],
    };
  }

  async revokeEnterprise(id: string): Promise<void> {
    const issued = this.#issued('oces-ca', parseCertificate(this.certificate(`order-${id}`)).serialNumber);
    if (issued) issued.revokedAt ??= this.#clock.now().toISOString();
    await this.#file.save();
  }

  /** The serialNumber attribute of a VOCES certificate that was issued here, is valid now and not revoked. */
  findVoces(der: Uint8Array): string | undefined {
    try {
      const leaf = parseCertificate(der);
      buildPath({
        leaf,
        intermediates: [this.#parsed('oces-ca')],
        anchors: [this.#parsed('oces-root')],
        at: this.#clock.now(),
      });
      const status = this.#status('oces-ca', leaf.serialNumber);
      return leaf.policies.includes(VOCES_POLICY) && status?.status === 'good'
        ? leaf.subject.attribute(SUBJECT_SERIAL_NUMBER)
        : undefined;
    } catch (error) {
      if (isSeglError(error)) return undefined;
      throw error;
    }
  }

  /** DER OCSPResponse to a DER OCSPRequest about certificates of this authority. */
  async answerOcsp(authority: AuthorityId, request: Uint8Array): Promise<Uint8Array> {
    return answerOcsp(request, {
      issuer: this.#parsed(authority),
      lookup: (serial) => this.#status(authority, serial),
      responder: this.#responder(authority),
      now: this.#clock.now(),
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
      this.#tsa = createSigningKey({ privateKey: this.#key('tsa'), certificate, chain });
    }
    return this.#tsa;
  }

  /** DER of the authority's revocation list. */
  crl(authority: AuthorityId): Uint8Array {
    const revoked = this.#saved.issued.flatMap(({ issuer, serial, revokedAt, hold }) =>
      issuer === authority && revokedAt
        ? [{ serial, revokedAt: new Date(revokedAt), ...(hold && { reason: HOLD }) }]
        : [],
    );
    const issuer = { certificate: this.#parsed(authority), key: this.#key(authority) };
    return writeCrl(issuer, revoked, this.#clock.now());
  }

  #parsed(id: HolderId): Certificate {
    return parseCertificate(this.certificate(id));
  }

  #key(id: KeyId): KeyObject {
    const known = this.#keys.get(id) ?? createPrivateKey(this.#saved.keys[id] ?? '');
    this.#keys.set(id, known);
    return known;
  }

  #issued(issuer: AuthorityId, serial: string): Issued | undefined {
    return this.#saved.issued.find((entry) => entry.issuer === issuer && entry.serial === serial);
  }

  #status(issuer: AuthorityId, serial: string): CertificateStatus | undefined {
    const issued = this.#issued(issuer, serial);
    if (!issued?.revokedAt) return issued && { status: 'good' };
    return {
      status: 'revoked',
      revokedAt: new Date(issued.revokedAt),
      ...(issued.hold && { reason: HOLD }),
    };
  }

  #needsCertificate({ id, issuer, state }: Holder): boolean {
    if (!Object.hasOwn(this.#saved.certificates, id)) return true;
    const soon = this.#clock.now().getTime() + RENEW_BEFORE;
    const expires = state !== 'expired' && this.#parsed(id).notAfter.getTime() < soon;
    return expires || (issuer !== undefined && this.#saved.url !== this.url);
  }

  #issue({ id, subject, issuer, years, state, extensions }: Holder, key = this.#key(id)): void {
    const now = this.#clock.now();
    const validity = years * YEAR;
    const notAfter = state === 'expired' ? now.getTime() - DAY : now.getTime() + validity;
    const notBefore = state === 'expired' ? notAfter - validity : now.getTime() - HEAD_START;
    const der = issueCertificate({
      subject,
      publicKey: createPublicKey(key),
      issuer: issuer
        ? { certificate: this.#parsed(issuer), privateKey: this.#key(issuer) }
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
  #responder(authority: AuthorityId): SigningKey {
    const now = this.#clock.now().getTime();
    const current = this.#responders.get(authority);
    if (current && now < current.until) return current.key;
    const privateKey = this.#key('ocsp');
    const issuer = { certificate: this.#parsed(authority), privateKey: this.#key(authority) };
    const { subject, extensions } = ocspResponder(authority);
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
