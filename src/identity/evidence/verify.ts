/**
 * Verifies finished evidence, offline, as anyone can who has the files and the trust anchors. The same judgement is
 * passed before a file leaves the service.
 */
import type { LtvSdoContent } from './ltvsdo/content.ts';
import { isWitnessedPolicy } from './ltvsdo/policy.ts';
import { verifyLtvSdo, type VerifiedLtvSdo } from './ltvsdo/verify.ts';
import type { PadesLevel } from '@segl/ades/pades/levels';
import { verifyPades, type PadesSignature } from '@segl/ades/pades/verify';
import type { VerifiedSeal } from '@segl/ades/xades/verify-seal';
import type { TimeStamp } from '@segl/pki/tsp/timestamp';
import type { ReadLevel } from '@segl/ades/xades/level-of';
import { readXades } from '@segl/ades/xades/read';
import { signatureAlgorithms } from '@segl/ades/xml/algorithms';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { identityProblems } from '../problems.ts';
import type { Handwriting } from '../handwriting.ts';
import type { Certificate } from '@segl/pki/x509/certificate';
import {
  validateCarriedPath,
  validateWithEvidence,
  type AuthorityEvidence,
} from '@segl/pki/revocation/evidence';
import { anchorsOf, type SignerTrust } from './registry.ts';
import { verifyWitnessed } from './witness-evidence.ts';

/** Trust anchors, DER. */
export interface PackageTrust {
  readonly sealAnchors: readonly Uint8Array[];
  /** For the signatures inside. */
  readonly signers: SignerTrust;
}

/** Trust anchors, DER. */
export interface PdfTrust {
  readonly sealAnchors: readonly Uint8Array[];
  readonly tsaAnchors: readonly Uint8Array[];
}

/** Paths are leaf first, anchor last. */
export interface VerifiedPackage extends VerifiedLtvSdo {
  readonly sealPath: readonly Certificate[];
  /** Empty for a signature by hand alone. */
  readonly signerPath: readonly Certificate[];
  /** The document that was signed, where the package carries it; its digest holds. */
  readonly document?: Uint8Array;
  /** The signer's handwriting; it belongs to this document. */
  readonly handwriting?: Handwriting;
  /** The service witnessed the signature; `login` tells how it was made. */
  readonly witnessed?: { readonly login: boolean };
  /** A provider proves who acted; that it was about this document is the service's own word. */
  readonly ownWord?: true;
}

/** Paths are leaf first, anchor last. */
export interface VerifiedPdf {
  /** In the order in which they were made; the last one is the seal. */
  readonly signatures: readonly PadesSignature[];
  readonly level: PadesLevel;
  readonly sealPath: readonly Certificate[];
  /** Digest algorithms of the seal, as node:crypto names them. */
  readonly sealDigests: readonly string[];
  /** Of the seal; at least one. */
  readonly timestamps: readonly { readonly stamp: TimeStamp; readonly path: readonly Certificate[] }[];
}

/** Paths are leaf first, anchor last. */
export interface VerifiedXades {
  readonly level: ReadLevel;
  readonly sealPath: readonly Certificate[];
  /** As in VerifiedPdf, those of the references among them. */
  readonly sealDigests: readonly string[];
  readonly timestamps: VerifiedPdf['timestamps'];
  /** What was signed, the signed properties last. */
  readonly objects: readonly Uint8Array[];
}

const invalid = (why: Problem): SeglError => identityProblems.error('EVIDENCE_INVALID', { why });

/**
 * Verifies an LTV-SDO completely: the seal and its form, the seal's path and revocation answers at the sealing time,
 * and the signer's own signature with its path and revocation answers at the signing time; or what the service
 * witnessed, with its own seal and the login that is bound to it. Throws LTVSDO_INVALID, WSD_INVALID,
 * NATIVE_SIGNATURE_REFUSED, EVIDENCE_INVALID, CERT_PATH_INVALID, CERT_REVOKED, CERT_STATUS_UNKNOWN, OCSP_INVALID,
 * CRL_INVALID, ASN1_INVALID.
 */
export function verifyPackage(bytes: Uint8Array, trust: PackageTrust): VerifiedPackage {
  const { content, seal } = verifyLtvSdo(bytes);
  const sealPath = verifySealPath(seal, trust, authoritiesOf(content, trust));
  return { content, seal, sealPath, ...verifySigner(content, trust) };
}

/** An early packaging policy did not ask for the status of authorities that only revocation lists tell of. */
const authoritiesOf = ({ packagingPolicy }: LtvSdoContent, { signers }: PackageTrust): AuthorityEvidence =>
  signers.registry.policy(packagingPolicy)?.policy.authorities ?? 'told';

/** The path of a seal at the sealing time. */
function verifySealPath(
  seal: VerifiedSeal,
  { sealAnchors }: PackageTrust,
  authorities: AuthorityEvidence,
): readonly Certificate[] {
  const { path } = validateWithEvidence({
    leaf: seal.certificate,
    anchors: sealAnchors,
    at: seal.signingTime,
    evidence: seal,
    authorities,
  });
  requireSealer(path);
  return path;
}

type Signer = Pick<VerifiedPackage, 'signerPath' | 'document' | 'handwriting' | 'witnessed' | 'ownWord'>;

/** The packaging policy says how the native signature was made, and so who can judge it. */
function verifySigner(content: LtvSdoContent, trust: PackageTrust): Signer {
  const { signers } = trust;
  if (isWitnessedPolicy(content.packagingPolicy)) {
    const wsd = verifyWitnessed(content, signers);
    verifySealPath(wsd.seal, trust, 'told');
    return wsd.signer;
  }
  const known = signers.registry.policy(content.packagingPolicy);
  if (!known) throw invalid(identityProblems.of('evidence/policy-unknown'));
  const { path, ...signer } = known.policy.verify(content, anchorsOf(signers, known.module));
  return { signerPath: path, ...signer };
}

/**
 * Verifies a sealed PDF completely, at any level from B-T up: coverage and cryptography of the seal and of everything
 * behind it, the paths of the seal and of all time-stamps at the time that the next time-stamp vouches for, and from B-LT up
 * the revocation data in the file. Earlier signatures are those of others: whether they hold is told, what they are worth
 * is not decided here.
 *
 * In files of level B-T and B-LTA no change of a byte stays unnoticed but one that changes nothing: CMS has two names for
 * RSA with PKCS#1 v1.5, and time-stamp authorities use either.
 * Throws PADES_INVALID, PDF_INVALID, PDF_ENCRYPTED, EVIDENCE_INVALID, CERT_PATH_INVALID, CERT_REVOKED,
 * CERT_STATUS_UNKNOWN, OCSP_INVALID, CRL_INVALID, ASN1_INVALID.
 */
export function verifyEvidencePdf(pdf: Uint8Array, trust: PdfTrust): VerifiedPdf {
  const { signatures, seal, documentStamps, dss, level } = verifyPades(pdf);
  const earliest = seal.timestamps.map(({ genTime }) => genTime).sort((a, b) => a.getTime() - b.getTime())[0];
  if (!earliest) throw invalid(identityProblems.of('evidence/no-seal-stamp'));
  const pathOf = (
    one: Pick<TimeStamp, 'certificate' | 'certificates'>,
    anchors: readonly Uint8Array[],
    at: Date,
    hasData: boolean,
  ): readonly Certificate[] => {
    const common = { leaf: one.certificate, carried: one.certificates, anchors, at };
    return hasData
      ? validateWithEvidence({ ...common, evidence: dss, shared: true }).path
      : validateCarriedPath(common).path;
  };
  const isLongTerm = level === 'LT' || level === 'LTA';
  const archived = documentStamps[0]?.genTime;
  const timestamps = [
    ...seal.timestamps.map((stamp) => {
      requireJudged(stamp.unjudged, 'stamp');
      const path = pathOf(stamp, trust.tsaAnchors, archived ?? stamp.genTime, isLongTerm);
      return { stamp, path };
    }),
    ...documentStamps.map((stamp, index) => {
      requireJudged(stamp.unjudged, 'document-stamp');
      const next = documentStamps[index + 1];
      return { stamp, path: pathOf(stamp, trust.tsaAnchors, (next ?? stamp).genTime, next !== undefined) };
    }),
  ];
  const behind = documentStamps.map((stamp, index) => [
    stamp,
    ...seal.timestamps,
    ...documentStamps.slice(0, index),
  ]);
  behind.forEach(requireOrder);
  requireJudged(seal.unjudged, 'seal');
  const sealPath = pathOf(seal, trust.sealAnchors, archived ?? earliest, isLongTerm);
  requireSealer(sealPath);
  return { signatures, level, sealPath, sealDigests: [seal.hash], timestamps };
}

/**
 * Verifies a sealed XAdES file completely, at least of `level`: references, signature, the time-stamps with what they are
 * over, and the paths of the seal and of all time-stamps, from LT up with the revocation data inside. Throws
 * XADES_INVALID, XML_INVALID, EVIDENCE_INVALID, and what path validation throws.
 */
export function verifyEvidenceXades(
  bytes: Uint8Array,
  level: 'T' | 'LT' | 'LTA',
  trust: PdfTrust,
): VerifiedXades {
  const [read, ...more] = readXades(bytes);
  if (!read || more.length > 0) throw invalid(identityProblems.of('evidence/not-one-signature'));
  const { problem, certificate, certificates, stamps, carried } = read;
  if (problem !== undefined || !certificate)
    throw identityProblems.error('XADES_INVALID', { why: problem ?? identityProblems.of('evidence/no-key') });
  if (!read.isBound) throw invalid(identityProblems.of('evidence/properties-uncovered'));
  if (read.beside !== undefined)
    throw invalid(identityProblems.of('evidence/uncovered', { name: read.beside }));
  const order = ['B', 'T', 'LT', 'LTA'];
  if (order.indexOf(read.level) < order.indexOf(level))
    throw invalid(identityProblems.of('evidence/level-too-low', { level: read.level }));
  const broken = stamps.find((one) => one.problem !== undefined);
  if (broken)
    throw invalid(identityProblems.of('evidence/stamp-broken', { name: broken.name, why: broken.problem! }));
  const times = stamps.flatMap(({ stamp }) => stamp ?? []);
  const [first] = times;
  if (!first) throw invalid(identityProblems.of('evidence/no-stamp'));
  const pathOf = (
    leaf: Uint8Array,
    inside: readonly Uint8Array[],
    anchors: readonly Uint8Array[],
    at: Date,
    hasData: boolean,
  ): readonly Certificate[] => {
    const common = { leaf, carried: inside, anchors, at };
    return hasData
      ? validateWithEvidence({ ...common, evidence: carried, shared: true }).path
      : validateCarriedPath(common).path;
  };
  for (const [index, { name, stamp }] of stamps.entries()) {
    const below = stamps.slice(0, index).flatMap((one) => one.stamp ?? []);
    if (stamp && name === 'ArchiveTimeStamp') requireOrder([stamp, ...below]);
  }
  const isLongTerm = read.level !== 'T';
  const timestamps = times.map((stamp, index) => {
    requireJudged(stamp.unjudged, 'stamp');
    const next = times[index + 1];
    const hasData = isLongTerm && (next !== undefined || read.level === 'LT');
    const at = (next ?? stamp).genTime;
    return { stamp, path: pathOf(stamp.certificate, stamp.certificates, trust.tsaAnchors, at, hasData) };
  });
  const at = (times[1] ?? first).genTime;
  const sealPath = pathOf(certificate, certificates, trust.sealAnchors, at, isLongTerm);
  requireSealer(sealPath);
  const { references, signatureAlgorithm } = read;
  const signed = signatureAlgorithms.get(signatureAlgorithm ?? '')?.hash ?? 'unknown';
  return {
    level: read.level,
    sealPath,
    sealDigests: [signed, ...references.map(({ hash }) => hash)],
    timestamps,
    objects: references.map(({ octets }) => octets),
  };
}

/** What is neither signed nor judged could be changed without being noticed. */
function requireJudged(unjudged: readonly Problem[], what: 'stamp' | 'document-stamp' | 'seal'): void {
  if (unjudged.length > 0)
    throw invalid(identityProblems.of(`evidence/${what}-unjudged`, { what: unjudged }));
}

/** What a time-stamp is over cannot be younger than it (EN 319 102-1 clause 5.5.4). */
function requireOrder([stamp, ...below]: readonly TimeStamp[]): void {
  if (below.some(({ genTime }) => genTime > stamp!.genTime)) {
    throw invalid(identityProblems.of('evidence/stamp-order'));
  }
}

/** Anchors vouch for certificates of many kinds; only some of these are for signatures. */
function requireSealer([leaf]: readonly Certificate[]): void {
  const forSignatures =
    leaf?.keyUsage === undefined ||
    leaf.keyUsage.has('digitalSignature') ||
    leaf.keyUsage.has('nonRepudiation');
  if (!leaf || leaf.isCa || !forSignatures) throw invalid(identityProblems.of('evidence/seal-key-usage'));
}
