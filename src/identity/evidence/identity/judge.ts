/**
 * Judges identity evidence from itself alone, at the time of its receipt: its proofs, that one of them is bound to what was
 * committed to, and that what it tells of the person is what the proofs say. The same before it is kept, in packages, and
 * decades later.
 */
import { createHash } from 'node:crypto';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf } from '@segl/problem/problem';
import { failed, passed, type Finding } from '@segl/ades/validation/facts';
import type { UsedAlgorithm } from '@segl/pki/algorithms/algorithm-constraints';
import type { Problem } from '@segl/problem/problem';
import type { SeglError } from '@segl/problem/errors';
import type { NationalId } from '../../method.ts';
import { identityProblems } from '../../problems.ts';
import { shownText } from './commitment.ts';
import { chainProblem, isLink, LINK, previousLinkProblem } from './chain.ts';
import type { IdentityEvidence, Proof, Source } from './content.ts';
import type { Claims } from './jws.ts';
import { backchannelFindings } from './proofs/backchannel.ts';
import { ID_TOKEN } from './proofs/id-token.ts';
import { judgeProof, proofVerifiers } from './proofs/known.ts';
import { bytesOf, readIdentityEvidence } from './read.ts';
import {
  CLOCK_TOLERANCE,
  constraint,
  digest,
  textOf,
  type ProofTrust,
  type ProofVerifier,
} from './proofs/verifier.ts';

/** What is told of it where it is kept. What is absent is not compared. */
export interface ToldEvidence {
  /** When it was received, which a seal vouches for. */
  readonly at: Date;
  readonly displayName?: string;
  readonly uniqueId?: string;
  readonly nationalId?: NationalId | undefined;
  readonly document?: { readonly sha256: Uint8Array; readonly title: string; readonly mimeType: string };
  /** Place of the document among those that the act signs, from 0. */
  readonly bundleIndex?: number | undefined;
  /** Of a log-on that confirms a statement. */
  readonly binding?: string;
  /** When the signer drew, where that is told. */
  readonly handwritten?: Date | undefined;
  /** It is judged as one link of its chain, whatever comes after. */
  readonly isLink?: boolean;
}

export interface JudgedEvidence {
  /** In their order; the names are those of the audit trail. */
  readonly findings: readonly Finding[];
  readonly core?: { readonly signed: Uint8Array; readonly value: Uint8Array };
  readonly algorithms: readonly UsedAlgorithm[];
}

/** Trusts no authority: no certificate of a provider counts. */
const NOBODY: ProofTrust = { anchors: [] };

/** Never throws for what is wrong with the evidence. */
export function judgeIdentityEvidence(
  evidence: IdentityEvidence,
  told: ToldEvidence,
  trust: ProofTrust = NOBODY,
  verifiers: readonly ProofVerifier[] = proofVerifiers,
): JudgedEvidence {
  const judged = evidence.proofs
    .filter((proof) => !isLink(proof))
    .map((proof) => ({
      role: proof.role,
      ...judgeProof(proof, evidence, told.at, trust, verifiers),
    }));
  const claims = new Map(
    judged.flatMap((proof) => (proof.claims ? [[proof.role, proof.claims] as const] : [])),
  );
  const previous = evidence.proofs
    .filter(isLink)
    .map((proof) => judgeLink(proof, evidence, told, trust, verifiers));
  const core = judged.find((proof) => proof.core)?.core;
  return {
    findings: [
      ...judged.flatMap(({ findings }) => findings),
      boundFinding(judged.some(({ binds }) => binds)),
      ...backchannelFindings(evidence, claims.get(ID_TOKEN)),
      constraint('order-of-time', timesProblem(evidence, told.at)),
      constraint('intent', intentProblem(evidence)),
      constraint('identity', identityProblem(evidence, claims)),
      digest('binding', bindingProblem(evidence, told)),
      constraint('package', packageProblem(evidence, told)),
      ...chainFindings(evidence, told),
      ...previous.flatMap(({ findings }) => findings),
    ],
    algorithms: [...judged, ...previous].flatMap(({ algorithms = [] }) => algorithms),
    ...(core && { core }),
  };
}

/** That all links of its chain are there; nothing where it is of none. */
function chainFindings(evidence: IdentityEvidence, told: ToldEvidence): Finding[] {
  const problem = chainProblem(evidence, told);
  if (problem) return [constraint('chain', problem)];
  const { chain } = evidence.commitment;
  if (!chain) return [];
  const { name, links, link } = chain;
  const about = { name, links, link, of: links.length, method: evidence.method.name };
  const { displayName: signer } = evidence.subject;
  const { level } = evidence.assurance;
  return [passed('constraints', 'chain', identityProblems.of('chain/link', { ...about, signer, level }))];
}

/** The link before: judged as this one is, at the time of its own receipt. */
function judgeLink(
  proof: Proof,
  evidence: IdentityEvidence,
  { at, document, bundleIndex }: ToldEvidence,
  trust: ProofTrust,
  verifiers: readonly ProofVerifier[],
): JudgedEvidence {
  if (proof.data === undefined)
    return { ...judgeProof(proof, evidence, at, trust, verifiers), algorithms: [] };
  let inner: IdentityEvidence;
  try {
    inner = readIdentityEvidence(bytesOf(proof));
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID')) throw error;
    return { findings: [failed('format', LINK, 'FORMAT_FAILURE', reasonOf(error))], algorithms: [] };
  }
  const told = {
    at: new Date(inner.times.received),
    ...(document && { document }),
    bundleIndex,
    isLink: true,
  };
  const judged = judgeIdentityEvidence(inner, told, trust, verifiers);
  const problem = previousLinkProblem(inner, evidence.commitment);
  return { ...judged, findings: [constraint(LINK, problem), ...judged.findings] };
}

/** What is wrong first, by the name of its check; undefined where nothing is. */
export function firstFailure({
  findings,
}: JudgedEvidence): { readonly check: string; readonly why: Problem } | undefined {
  const found = findings.find(({ outcome }) => outcome === 'failed');
  return found?.problem && { check: found.check, why: found.problem };
}

/** Throws EVIDENCE_INVALID with what is wrong first. */
export function requireIdentityEvidence(
  evidence: IdentityEvidence,
  told: ToldEvidence,
  trust: ProofTrust = NOBODY,
): void {
  const failure = firstFailure(judgeIdentityEvidence(evidence, told, trust));
  if (failure) throw invalid(failure.why);
}

const invalid = (why: Problem): SeglError => identityProblems.error('EVIDENCE_INVALID', { why });

const boundFinding = (isBound: boolean): Finding =>
  isBound
    ? passed('constraints', 'bound')
    : failed('constraints', 'bound', 'GENERIC', identityProblems.of('proof/none-binds'));

/** Committed to, asked, authenticated, received: in this order, and received when the seal says. */
function timesProblem({ commitment, times, trust }: IdentityEvidence, at: Date): Problem | undefined {
  const [created, started, received] = [commitment.created, times.started, times.received].map((text) =>
    new Date(text).getTime(),
  ) as [number, number, number];
  if (received !== at.getTime()) return identityProblems.of('identity-evidence/received');
  const late = trust.some(({ fetched }) => new Date(fetched).getTime() > received + CLOCK_TOLERANCE);
  const isOrdered = created <= started && started <= received && !late;
  return isOrdered ? undefined : identityProblems.of('identity-evidence/order-of-time');
}

/** The text that was sent is what was committed to, with the code behind it. */
const intentProblem = ({ commitment, intent }: IdentityEvidence): Problem | undefined =>
  intent.language === commitment.consent.language && intent.shown === shownText(commitment, intent.limit)
    ? undefined
    : identityProblems.of('identity-evidence/text');

/** What is told of the person is what the claims of its proofs say, each where it is said to come from. */
function identityProblem(
  { subject, method, match }: IdentityEvidence,
  claims: ReadonlyMap<string, Claims>,
): Problem | undefined {
  const { id, displayName, birthDate, nationalId, organisation, sources } = subject;
  const fields: Readonly<Record<string, string | undefined>> = {
    id: id.value,
    displayName,
    birthDate,
    nationalId: nationalId && 'value' in nationalId ? nationalId.value : undefined,
    organisation: organisation?.id,
    organisationName: organisation?.name,
  };
  const wrong = Object.entries(fields).find(
    ([field, value]) => value !== undefined && !isSaid(value, sources[field], claims),
  );
  if (wrong) return identityProblems.of('identity-evidence/claim', { field: wrong[0] });
  if (id.issuer !== method.provider) return identityProblems.of('identity-evidence/claim', { field: 'id' });
  const isMatched = (match.rule === 'national-id') === (match.result === 'equal');
  return isMatched && (match.rule === 'none' || nationalId !== undefined)
    ? undefined
    : identityProblems.of('identity-evidence/match');
}

function isSaid(value: string, source: Source | undefined, claims: ReadonlyMap<string, Claims>): boolean {
  const said = source && claims.get(source.proof);
  return said !== undefined && joined(said, source!.claims) === value;
}

/** Claims that make up one value, those that are there. */
export const joined = (claims: Claims, names: readonly string[]): string | undefined => {
  const parts = names.map((name) => textOf(claims, name)).filter((part) => part !== undefined && part !== '');
  return parts.length === 0 ? undefined : parts.join(' ');
};

/** The documents, or the word that a log-on is bound to, are those that it is told to be about. */
function bindingProblem(
  { purpose, commitment }: IdentityEvidence,
  { document, bundleIndex, binding }: ToldEvidence,
): Problem | undefined {
  if (commitment.binding !== binding) return identityProblems.of('identity-evidence/binding');
  const isSigning = commitment.documents.length > 0;
  if (isSigning !== (purpose === 'sign')) return identityProblems.of('identity-evidence/purpose');
  if (!document) return isSigning ? identityProblems.of('evidence/other-document') : undefined;
  const sha256 = Buffer.from(document.sha256).toString('hex');
  const candidates =
    bundleIndex === undefined
      ? commitment.documents
      : commitment.documents.slice(bundleIndex, bundleIndex + 1);
  const isCommitted = candidates.some(
    (one) => one.sha256 === sha256 && one.title === document.title && one.mediaType === document.mimeType,
  );
  return isCommitted ? undefined : identityProblems.of('evidence/other-document');
}

/** The person is the one that it is told to be about. */
function packageProblem({ subject }: IdentityEvidence, told: ToldEvidence): Problem | undefined {
  const isOther =
    (told.uniqueId !== undefined && told.uniqueId !== subject.id.value) ||
    (told.displayName !== undefined && told.displayName !== subject.displayName);
  if (isOther) return identityProblems.of('evidence/other-signer');
  const { nationalId } = told;
  if (!nationalId) return undefined;
  const { nationalId: own } = subject;
  const isOwn =
    own &&
    'value' in own &&
    own.value === nationalId.id &&
    own.country === nationalId.nationality &&
    own.type === nationalId.type;
  return isOwn ? undefined : identityProblems.of('packaging/identity-unverified');
}

/** SHA-256, for facts of the audit trail. */
export const evidenceDigest = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('base64');
