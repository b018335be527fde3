/** A native message of NemID as facts: every check of it but those of its certificate, which are made as for all others. */
import type { UsedAlgorithm } from '../ades/algorithm-constraints.ts';
import type { ValidationData } from '../ades/validation-data.ts';
import { digestAlgorithms, signatureAlgorithms } from '../ades/xml/algorithms.ts';
import { readingChecks, type NativeCheckId } from '../eid/nemid/checks.ts';
import type { OcesEnvironment } from '../eid/nemid/environments.ts';
import { judgeNativeSignature, type JudgedCheck } from '../eid/nemid/judge.ts';
import type { NativeMessage } from '../eid/nemid/message.ts';
import type { SignedText } from '../eid/nemid/signed-text.ts';
import { isSeglError } from '../errors.ts';
import { parseCertificate } from '../pki/certificate.ts';
import { buildPath } from '../pki/path.ts';
import type { ExtractedDocument } from './documents.ts';
import { failed, type Finding, type SignatureFacts } from './facts.ts';
import type { Block, SubIndication } from './report.ts';

/** Judged here for all formats alike. */
const OF_CERTIFICATES: ReadonlySet<NativeCheckId> = new Set(['validity', 'path', 'revocation']);

export interface NativeFile {
  readonly facts: SignatureFacts;
  readonly message?: NativeMessage;
  /** What was signed, as it can be shown or taken out. */
  readonly documents: readonly ExtractedDocument[];
}

/**
 * `at`: when it is proven to have existed. `named`: anchors (DER) that the caller trusts besides those of the environment;
 * which policies stand for which type below them is not known.
 */
export function readNativeFile(
  bytes: Uint8Array,
  environment: OcesEnvironment,
  at: Date,
  evidence: ValidationData,
  named: readonly Uint8Array[] = [],
): NativeFile {
  const judged = judgeNativeSignature(bytes, {
    at,
    environment,
    types: ['POCES', 'MOCES', 'VOCES', 'FOCES'],
  });
  const { message, verdicts, identity, signText, bindings, path } = judged;
  const isNamed = !path && message !== undefined && leadsTo(named, message, environment, at);
  const facts: SignatureFacts = {
    format: 'NemID',
    findings: verdicts
      .filter(({ check }) => !OF_CERTIFICATES.has(check))
      .map((one) => (one.check === 'certificate-type' && isNamed ? NOT_COMPARED : one))
      .flatMap(findingOf),
    ...(message && { certificate: message.leaf.der }),
    certificates: [...(message?.certificates ?? []), ...environment.intermediates],
    algorithms: message ? usedAlgorithms(message) : [],
    ...(message && {
      algorithmName: message.signatureAlgorithm,
      core: { signed: message.signedInfo, value: message.signatureValue },
    }),
    ...(identity && { name: identity.type }),
    stamps: [],
    evidence,
    role: 'native',
    freshness: 'fresh',
  };
  const documents = [
    ...(signText && signText.format !== 'PDF' ? [textDocument(signText)] : []),
    ...(bindings ?? []).flatMap(({ name, bytes, mimeType = 'application/pdf' }) =>
      bytes ? [{ name: fileName(name, mimeType), mimeType, bytes, role: 'signed' as const }] : [],
    ),
  ];
  return { facts, ...(message && { message }), documents };
}

const NOT_COMPARED: JudgedCheck = {
  check: 'certificate-type',
  outcome: 'not-compared',
  detail: 'its hierarchy was named by the caller, so its policies are not compared',
};

function leadsTo(
  anchors: readonly Uint8Array[],
  { leaf, certificates }: NativeMessage,
  { intermediates }: OcesEnvironment,
  at: Date,
): boolean {
  if (anchors.length === 0) return false;
  try {
    buildPath({
      leaf,
      intermediates: [...certificates, ...intermediates].map(parseCertificate),
      anchors: anchors.map(parseCertificate),
      at,
    });
    return true;
  } catch (error) {
    if (!isSeglError(error, 'CERT_PATH_INVALID', 'ASN1_INVALID')) throw error;
    return false;
  }
}

const fileName = (name: string, mimeType: string): string =>
  mimeType === 'application/pdf' && !/\.pdf$/i.test(name) ? `${name}.pdf` : name;

const EXTENSIONS: Readonly<Record<string, string>> = { TEXT: 'txt' };

const textDocument = ({ format, bytes }: SignedText): ExtractedDocument => ({
  name: `signed-text.${EXTENSIONS[format] ?? format.toLowerCase()}`,
  // never as HTML: what a signer was shown is looked at, not run
  mimeType: 'text/plain; charset=utf-8',
  bytes,
  role: 'signed',
});

function findingOf({ check, outcome, detail }: JudgedCheck): Finding[] {
  const block: Block = readingChecks.some((one) => one === check)
    ? check === 'core'
      ? 'cryptography'
      : 'format'
    : 'constraints';
  if (outcome === 'failed')
    return [failed(block, check, meaning(check, detail ?? ''), detail ?? 'it failed')];
  if (outcome === 'undetermined') return [];
  return [{ block, check, outcome, ...(detail !== undefined && { detail }) }];
}

/** What a failed check makes of the signature, where it is not a constraint on signatures. */
const MEANINGS: Partial<Record<NativeCheckId, SubIndication>> = {
  message: 'FORMAT_FAILURE',
  'unique-ids': 'FORMAT_FAILURE',
  'signed-objects': 'FORMAT_FAILURE',
  properties: 'FORMAT_FAILURE',
  algorithms: 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
  'signer-certificate': 'NO_SIGNING_CERTIFICATE_FOUND',
  'certificate-type': 'CHAIN_CONSTRAINTS_FAILURE',
};

function meaning(check: NativeCheckId, detail: string): SubIndication {
  if (check === 'core') return detail.includes('digest') ? 'HASH_FAILURE' : 'SIG_CRYPTO_FAILURE';
  return MEANINGS[check] ?? 'SIG_CONSTRAINTS_FAILURE';
}

function usedAlgorithms({
  leaf,
  signatureAlgorithm,
  digestAlgorithms: digests,
}: NativeMessage): UsedAlgorithm[] {
  const own = signatureAlgorithms.get(signatureAlgorithm)?.hash;
  return [own, ...digests.map((uri) => digestAlgorithms.get(uri))].flatMap((digest) =>
    digest === undefined ? [] : [{ scheme: 'RSA' as const, digest, key: leaf.publicKey }],
  );
}
