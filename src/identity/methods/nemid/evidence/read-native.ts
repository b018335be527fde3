/** A native message of NemID as facts: every check of it but those of its certificate, which are made as for all others. */
import { nemidProblems } from '../problems.ts';
import type { UsedAlgorithm } from '@segl/pki/algorithms/algorithm-constraints';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { digestAlgorithms, signatureAlgorithms } from '@segl/ades/xml/algorithms';
import { readingChecks, type NativeCheckId } from './checks.ts';
import type { OcesEnvironment } from '../../../oces/environments.ts';
import type { KeptLogin, ToldLogin } from '../../../method.ts';
import { isEmployee, requireOwnLogin } from './evidence.ts';
import { typeOf } from '../name-options.ts';
import { judgeNativeSignature, type JudgedCheck, type NativeJudgement } from './judge.ts';
import type { NativeMessage } from './message.ts';
import type { SignedText } from '../client/signed-text.ts';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { buildPath } from '@segl/pki/x509/path';
import type { ExtractedDocument } from '@segl/ades/validation/documents';
import { failed, passed, type Finding, type SignatureFacts } from '@segl/ades/validation/facts';
import { evidenceFindings } from '../../../evidence/kept-evidence.ts';
import type { Block, SubIndication } from '@segl/ades/validation/reports/report';
import { indicationOf } from '@segl/ades/validation/fault-findings';

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
  const types = ['POCES', 'MOCES', 'VOCES', 'FOCES'] as const;
  const judged = judgeNativeSignature(bytes, { at, environment, types });
  const { message, signText, bindings } = judged;
  const facts = factsOf(judged, { environment, at, evidence, named });
  const documents = [
    ...(signText && signText.format !== 'PDF' ? [textDocument(signText)] : []),
    ...(bindings ?? []).flatMap(({ name, bytes, mimeType = 'application/pdf' }) =>
      bytes ? [{ name: fileName(name, mimeType), mimeType, bytes, role: 'signed' as const }] : [],
    ),
  ];
  return { facts, ...(message && { message }), documents };
}

/** What only signatures have to say. */
const OF_SIGNATURES: ReadonlySet<NativeCheckId> = new Set([
  'sign-text',
  'sign-text-visible',
  'sign-text-format',
  'attached-document',
]);

/** A login that was kept, judged at the time at which it was received. `told`: what it must say. `named`: as above. */
export function readKeptLogin(
  { message: bytes, receivedAt, validation }: KeptLogin,
  told: ToldLogin,
  environment: OcesEnvironment,
  named: readonly Uint8Array[] = [],
): SignatureFacts {
  const types = [typeOf(isEmployee(told.uniqueId) ? 'employees' : 'persons')];
  const judged = judgeNativeSignature(bytes, { purpose: 'logon', at: receivedAt, environment, types });
  const { message, verdicts } = judged;
  const own = verdicts.filter(({ check }) => !OF_SIGNATURES.has(check));
  const facts = factsOf(
    { ...judged, verdicts: own },
    { environment, at: receivedAt, evidence: validation, named },
  );
  const carried = facts.certificates;
  const anchors = [...environment.anchors, ...named];
  return {
    ...facts,
    format: 'NemID login',
    findings: [
      ...facts.findings.map((one) => (one.check === 'action' ? { ...one, check: 'made-for-login' } : one)),
      ...(message
        ? [
            loginFinding(message, told),
            ...evidenceFindings({
              leaf: message.leaf.der,
              anchors,
              at: receivedAt,
              evidence: validation,
              carried,
            }),
          ]
        : []),
    ],
    claimedTime: receivedAt,
  };
}

/** Whether it is the login of the signer, and bound to what was declared. */
function loginFinding(message: NativeMessage, told: ToldLogin): Finding {
  try {
    requireOwnLogin(message, told);
    return passed('constraints', 'login', nemidProblems.of('nemid/own-login'));
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID')) throw error;
    return failed('constraints', 'login', 'SIG_CONSTRAINTS_FAILURE', reasonOf(error));
  }
}

function factsOf(
  { message, verdicts, identity, path }: NativeJudgement,
  {
    environment,
    at,
    evidence,
    named,
  }: {
    readonly environment: OcesEnvironment;
    readonly at: Date;
    readonly evidence: ValidationData;
    readonly named: readonly Uint8Array[];
  },
): SignatureFacts {
  const isNamed = !path && message !== undefined && leadsTo(named, message, environment, at);
  return {
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
}

const NOT_COMPARED: JudgedCheck = {
  check: 'certificate-type',
  outcome: 'not-compared',
  detail: nemidProblems.of('nemid/anchor-named'),
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
    return [failed(block, check, meaning(check, detail), detail ?? nemidProblems.of('nemid/failed'))];
  if (outcome === 'undetermined') return [];
  return [{ block, check, outcome, ...(detail && { problem: detail }) }];
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

function meaning(check: NativeCheckId, why: Problem | undefined): SubIndication {
  if (check === 'core') return why ? indicationOf(why)[2] : 'SIG_CRYPTO_FAILURE';
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
