/** X.509 certificates with the meaning of their fields (RFC 5280), as certificates of persons and of time-stamp authorities use them. */
import { createHash, type KeyObject } from 'node:crypto';
import {
  publicKeyOf,
  readCertificateFields,
  readKeyPurposes,
  type CertificateFields,
  type Extension,
} from './certificate-fields.ts';
import { contextTag, primitiveContextTag, readDer, Tag, type DerValue } from '../asn1/der.ts';
import { DistinguishedName } from './distinguished-name.ts';
import { Oid } from '../asn1/oids.ts';
import { LruCache } from '../asn1/lru-cache.ts';
import { signatureProblem, signatureScheme, type Leniency } from '../algorithms/signature-algorithm.ts';
import { pkiProblems } from '../problems.ts';
import type { Problem } from '@segl/problem/problem';

/** In the order of their bits (RFC 5280 4.2.1.3). */
const keyUsageNames = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

export type KeyUsage = (typeof keyUsageNames)[number];

/** Position of a usage in the bit string. */
export const keyUsageBit = (usage: KeyUsage): number => keyUsageNames.indexOf(usage);

/** The same few authorities stand above everything; what is read of them does not change. */
const recent = new LruCache<Certificate>(500);

/** Throws ASN1_INVALID when the DER or one of the extensions known here is malformed. */
export const parseCertificate = (der: Uint8Array): Certificate =>
  // a copy: the caller's bytes may change afterwards
  recent.of(der, (own) => new Certificate(readCertificateFields(own)));

export class Certificate {
  readonly der: Uint8Array;
  /** Upper-case hex without leading zero bytes. */
  readonly serialNumber: string;
  /** The same as unsigned big-endian bytes. */
  readonly serial: Uint8Array;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Content of the key's BIT STRING: OCSP hashes it to name keys. */
  readonly publicKeyBits: Uint8Array;
  readonly isCa: boolean;
  /** How many CA certificates may follow below; undefined: any number. */
  readonly pathLength: number | undefined;
  /** Undefined when the extension is absent: then every usage is allowed. */
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  /** OIDs; undefined when the extension is absent. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** OIDs of the certificate policies. */
  readonly policies: readonly string[];
  readonly ocspUrls: readonly string[];
  readonly caIssuerUrls: readonly string[];
  /** Where complete revocation lists of the issuer are. */
  readonly crlUrls: readonly string[];
  /** DER of the names (GeneralName) of its distribution points, the same lists and partitioned ones. */
  readonly crlPointNames: readonly Uint8Array[];
  /** Subject key identifier. */
  readonly ski: Uint8Array | undefined;
  /** Key identifier of the issuer. */
  readonly aki: Uint8Array | undefined;
  readonly ocspNoCheck: boolean;
  /** OIDs of the extensions marked critical. */
  readonly criticalExtensions: readonly string[];
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
  readonly #fields: CertificateFields;
  #publicKey: KeyObject | undefined;
  /** What was found about issuers, by leniency: neither certificate can change. */
  readonly #judged = new WeakMap<Certificate, Map<string, Problem | undefined>>();

  constructor(fields: CertificateFields) {
    const extension = (oid: string): Extension | undefined =>
      fields.extensions.find((candidate) => candidate.oid === oid);
    const read = <T>(oid: string, reader: (value: DerValue) => T): T | undefined => {
      const found = extension(oid);
      return found && reader(readDer(found.value));
    };
    this.#fields = fields;
    this.der = fields.der;
    this.serial = fields.serial;
    this.serialNumber = Buffer.from(fields.serial).toString('hex').toUpperCase();
    this.subject = new DistinguishedName(fields.subject);
    this.issuer = new DistinguishedName(fields.issuer);
    this.notBefore = fields.notBefore;
    this.notAfter = fields.notAfter;
    this.publicKeyBits = fields.publicKeyBits;
    this.fingerprint = createHash('sha256').update(fields.der).digest('hex');

    const constraints = read(Oid.basicConstraints, readBasicConstraints);
    this.isCa = constraints?.isCa ?? false;
    this.pathLength = constraints?.pathLength;
    this.keyUsage = read(Oid.keyUsage, readKeyUsage);
    const purposes = extension(Oid.extendedKeyUsage);
    this.extendedKeyUsage = purposes && readKeyPurposes(purposes);
    this.policies = read(Oid.certificatePolicies, readPolicies) ?? [];
    const access = read(Oid.authorityInfoAccess, readAccess) ?? [];
    this.ocspUrls = access.filter(({ method }) => method === Oid.ocspAccess).map(({ url }) => url);
    this.caIssuerUrls = access.filter(({ method }) => method === Oid.caIssuersAccess).map(({ url }) => url);
    const points = read(Oid.crlDistributionPoints, readCrlPoints) ?? [];
    this.crlPointNames = points.map(({ raw }) => raw);
    this.crlUrls = points.filter(({ tag }) => tag === uriTag).map(uri);
    this.ski = read(Oid.subjectKeyIdentifier, (value) => value.octets());
    this.aki = read(Oid.authorityKeyIdentifier, readAuthorityKeyIdentifier);
    this.ocspNoCheck = extension(Oid.ocspNoCheck) !== undefined;
    this.criticalExtensions = fields.extensions.filter(({ critical }) => critical).map(({ oid }) => oid);
  }

  /** CN of the subject; its whole text when it has none. */
  get commonName(): string {
    return this.subject.attribute('2.5.4.3') ?? this.subject.text;
  }

  /** RFC 4514 text. */
  get subjectDn(): string {
    return this.subject.text;
  }

  get issuerDn(): string {
    return this.issuer.text;
  }

  /** DER of the Name. */
  get subjectRaw(): Uint8Array {
    return this.subject.raw;
  }

  get issuerRaw(): Uint8Array {
    return this.issuer.raw;
  }

  /** Throws ASN1_INVALID for kinds of keys that are not understood. */
  get publicKey(): KeyObject {
    return (this.#publicKey ??= publicKeyOf(this.#fields));
  }

  /** With which scheme and digest (as node:crypto names it) its issuer signed it; undefined for unknown ones. */
  get issuedWith(): ReturnType<typeof signatureScheme> {
    return signatureScheme(this.#fields.signatureAlgorithm);
  }

  /** Whether the name of `issuer` stands in this certificate and its key made this signature. */
  isIssuedBy(issuer: Certificate, options: Leniency = {}): boolean {
    return this.issuanceProblem(issuer, options) === undefined;
  }

  /** Why `issuer` did not issue this certificate, or undefined when it did. */
  issuanceProblem(issuer: Certificate, options: Leniency = {}): Problem | undefined {
    if (Buffer.compare(this.issuerRaw, issuer.subjectRaw) !== 0)
      return pkiProblems.of('certificate/other-issuer');
    let judged = this.#judged.get(issuer);
    if (!judged) this.#judged.set(issuer, (judged = new Map<string, Problem | undefined>()));
    const key = `${options.allowSha1 ?? false} ${options.allowRsa1024 ?? false}`;
    if (!judged.has(key)) judged.set(key, this.#signatureProblem(issuer, options));
    return judged.get(key);
  }

  #signatureProblem(issuer: Certificate, options: Leniency): Problem | undefined {
    return signatureProblem({
      algorithm: this.#fields.signatureAlgorithm,
      key: issuer.publicKey,
      data: this.#fields.tbs,
      signature: this.#fields.signature,
      ...options,
    });
  }

  isValidAt(at: Date): boolean {
    return this.notBefore <= at && at <= this.notAfter;
  }
}

function readBasicConstraints(value: DerValue): { isCa: boolean; pathLength: number | undefined } {
  const reader = value.sequence();
  const isCa = reader.optional(Tag.boolean)?.boolean() ?? false;
  const pathLength = reader.optional(Tag.integer)?.number();
  reader.finish();
  return { isCa, pathLength };
}

const readKeyUsage = (value: DerValue): ReadonlySet<KeyUsage> =>
  new Set(value.namedBits().flatMap((bit) => keyUsageNames[bit] ?? []));

/** Only the OIDs: qualifiers of real certificates put Latin-1 into VisibleString and are for people anyway. */
const readPolicies = (value: DerValue): string[] =>
  value
    .sequence()
    .rest()
    .map((policy) => policy.sequence().next().oid());

const uriTag = primitiveContextTag(6);
const uri = (name: DerValue): string => name.as(Tag.ia5String).text();

function readAccess(value: DerValue): { method: string; url: string }[] {
  return value
    .sequence()
    .rest()
    .flatMap((description) => {
      const reader = description.sequence();
      const method = reader.next().oid();
      const location = reader.next();
      return location.tag === uriTag ? [{ method, url: uri(location) }] : [];
    });
}

/**
 * Full names of distribution points (RFC 5280 4.2.1.13). Points that hold some reasons only, or are of another issuer,
 * are left out: such lists are not understood here.
 */
function readCrlPoints(value: DerValue): DerValue[] {
  return value
    .sequence()
    .rest()
    .flatMap((point) => {
      const reader = point.sequence();
      const name = reader.optional(contextTag(0))?.explicit(contextTag(0));
      return reader.done && name?.tag === contextTag(0) ? name.inside(contextTag(0)).rest() : [];
    });
}

const readAuthorityKeyIdentifier = (value: DerValue): Uint8Array | undefined =>
  value.sequence().optional(primitiveContextTag(0))?.as(Tag.octetString).octets();
