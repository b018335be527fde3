/** A WSD in a package as facts: the seal of the service that witnessed, and the login of the signer where there is one. */
import type { LtvSdoContent } from './ltvsdo/content.ts';
import { isWitnessedBundlePolicy, WSD_SIGNATURE_POLICY } from './ltvsdo/policy.ts';
import { signingTimeOf, type WsdContent } from './wsd/content.ts';
import { verifyWsd, type VerifiedWsd } from './wsd/read.ts';
import { checkWsdSchema } from './wsd/schema.ts';
import { bindingOf } from './wsd/write.ts';
import {
  readHandwriting,
  requireBundle,
  requireMethod,
  requireNativeWsd,
  requireOrderOfTime,
  requireSameTold,
} from './witnessed.ts';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { identityProblems } from '../problems.ts';
import { sha256 } from '@segl/ades/validation/documents';
import { failed, passed, warning, type Finding, type SignatureFacts } from '@segl/ades/validation/facts';
import { evidenceFindings } from './kept-evidence.ts';
import type { KnownMethods } from './methods.ts';
import type { EvidenceRegistry } from './registry.ts';
import { readSealed, unreadableSeal, type SealedFacts } from './read-sealed.ts';
import type { Block, SubIndication, WitnessedReport } from '@segl/ades/validation/reports/report';

export interface WsdFacts {
  readonly seal: SignatureFacts;
  /** Absent when the seal does not hold: nothing that it covers can be relied on. */
  readonly wsd?: WsdContent;
}

/** `sealAnchors`: of the service, DER. Never throws for what is wrong with it. */
export function readPackagedWsd(
  content: LtvSdoContent,
  sealAnchors: readonly Uint8Array[],
  registry: EvidenceRegistry,
): WsdFacts {
  const { bytes } = content.native;
  const { seal, verified } = readSeal(bytes);
  if (!verified) return { seal };
  const { content: wsd, seal: sealed } = verified;
  const handwriting = handwritingFindings(wsd);
  return {
    wsd,
    seal: {
      ...seal,
      findings: [
        ...seal.findings,
        attempt('format', 'schema', 'FORMAT_FAILURE', () => checkWsdSchema(bytes)),
        documentFinding(content, wsd),
        constraint('package', () => {
          requireNativeWsd(content);
          requireSameTold(content, wsd);
          return identityProblems.of('package/own-statement');
        }),
        ...bundleFindings(content, wsd),
        constraint('order-of-time', () => requireOrderOfTime(wsd, sealed.signingTime)),
        constraint('method', () => {
          requireMethod(wsd, registry);
          return identityProblems.of('wsd/method', { method: wsd.statement.method });
        }),
        identityFinding(wsd),
        ...handwriting,
        ...evidenceFindings({
          leaf: sealed.certificate,
          anchors: sealAnchors,
          at: sealed.signingTime,
          evidence: sealed,
        }),
      ],
      witnessed: witnessedReport(
        wsd,
        handwriting.every(({ outcome }) => outcome === 'passed'),
      ),
    },
  };
}

/** The login in a WSD, whose seal vouches for when it was received; undefined for a signature by hand alone. */
export function readWsdLogin(
  { statement, bundle, login, signer }: WsdContent,
  { signer: { nationalId } }: LtvSdoContent,
  methods: KnownMethods,
): SignatureFacts | undefined {
  if (!login) return undefined;
  const { displayName, uniqueId = '' } = signer;
  const told = {
    displayName,
    uniqueId,
    nationalId,
    binding: bindingOf({ statement, ...(bundle && { bundle }) }),
  };
  return methods.readLogin(statement.method, login, told);
}

function readSeal(bytes: Uint8Array): SealedFacts<VerifiedWsd> {
  try {
    return readSealed(bytes, {
      format: 'WSD seal',
      check: 'witnessed',
      policy: WSD_SIGNATURE_POLICY,
      verify: verifyWsd,
      code: 'WSD_INVALID',
    });
  } catch (error) {
    if (!isSeglError(error, 'XML_INVALID')) throw error;
    return { seal: unreadableSeal('WSD seal', reasonOf(error)) };
  }
}

/** Makes a check; `check` throws for what is wrong, and may give a detail. */
function attempt(
  block: Block,
  name: string,
  subIndication: SubIndication,
  check: () => Problem | void,
): Finding {
  try {
    return passed(block, name, check() ?? undefined);
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID', 'WSD_INVALID')) throw error;
    return failed(block, name, subIndication, reasonOf(error));
  }
}

const constraint = (name: string, check: () => Problem | void): Finding =>
  attempt('constraints', name, 'SIG_CONSTRAINTS_FAILURE', check);

/** The document stands beside the statement; its digest holds them together. */
function documentFinding({ native }: LtvSdoContent, { statement }: WsdContent): Finding {
  const original = native.originalDocument;
  if (!original) {
    const why = identityProblems.of('wsd/package-without-document');
    return failed('cryptography', 'document', 'SIGNED_DATA_NOT_FOUND', why);
  }
  const digest = hex(statement.document.sha256);
  return sha256(original) === digest
    ? passed('cryptography', 'document', identityProblems.of('wsd/document-digest', { digest }))
    : failed('cryptography', 'document', 'HASH_FAILURE', identityProblems.of('evidence/other-document'));
}

/** Who is said to have signed, and on whose word. */
function identityFinding({ statement, login, signer }: WsdContent): Finding {
  const { displayName, uniqueId } = signer;
  if (login) {
    const told = { name: displayName, method: statement.method, at: login.receivedAt };
    return passed(
      'constraints',
      'identity',
      uniqueId === undefined
        ? identityProblems.of('wsd/logged-in-without-identifier', told)
        : identityProblems.of('wsd/logged-in', { ...told, id: uniqueId }),
    );
  }
  const source = statement.claimedName?.source ?? 'signer';
  return warning(
    'constraints',
    'identity',
    identityProblems.of(`wsd/name-of-${source}`, { name: displayName }),
  );
}

/** Where one log-on confirmed several statements, or is told to have. */
function bundleFindings(content: LtvSdoContent, wsd: WsdContent): Finding[] {
  const isTold = wsd.bundle !== undefined || content.native.bundleIndex !== undefined;
  if (!isTold && !isWitnessedBundlePolicy(content.packagingPolicy)) return [];
  return [constraint('bundle', () => requireBundle(content, wsd))];
}

function handwritingFindings(wsd: WsdContent): Finding[] {
  if (!wsd.statement.handwriting) return [];
  return [
    constraint('handwriting', () => {
      const kind = readHandwriting(wsd)?.kind;
      return kind && identityProblems.of('wsd/handwriting', { kind });
    }),
  ];
}

function witnessedReport(wsd: WsdContent, isOwnHandwriting: boolean): WitnessedReport {
  const { statement, login, signer } = wsd;
  const { document, handwriting, claimedName } = statement;
  return {
    by: login ? 'login' : 'handwriting',
    method: statement.method,
    signer: signer.displayName,
    ...(login && signer.uniqueId !== undefined && { signerId: signer.uniqueId }),
    nameFrom: login ? 'eid' : (claimedName?.source ?? 'signer'),
    declaredAt: statement.declaredAt,
    signedAt: signingTimeOf(wsd),
    signText: statement.signText,
    language: statement.language,
    title: document.title,
    mimeType: document.mimeType,
    documentSha256: hex(document.sha256),
    transactionId: statement.transactionId,
    ...(handwriting &&
      isOwnHandwriting && { handwriting: { kind: handwriting.kind, text: handwriting.text } }),
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
