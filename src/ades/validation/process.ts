/**
 * The processes of EN 319 102-1: basic (5.3), with time (5.5) and with long-term validation data (5.6), in one: time-stamps
 * are judged from the outermost inward, each that holds proves when everything below it existed, and the signature is
 * judged at the earliest time that is proven for it.
 */
import type { AlgorithmCalendar } from '@segl/pki/algorithms/algorithm-constraints';
import type { TimeStamp } from '@segl/pki/tsp/timestamp';
import { judgeCertificate, type CertificateQuestion } from './certificate.ts';
import {
  failed,
  passed,
  stampNamed,
  warning,
  type Finding,
  type Role,
  type SignatureFacts,
  type TimeStampFacts,
} from './facts.ts';
import { stampFaultFinding } from './fault-findings.ts';
import { levelReached } from './level.ts';
import { policyFindings, policyReport, type PolicyDocuments } from './policy.ts';
import { Proofs, type Proven } from './proofs.ts';
import { concluding, type Check, type SignatureReport, type StampReport } from './reports/report.ts';
import { digestOf, type AskStatus } from './status.ts';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';

/** Trust anchors, DER. */
export type Anchors = Readonly<Record<Role, readonly Uint8Array[]>>;

/**
 * What a hierarchy says of the holders of its certificates. `leaf` is DER, `anchor` the SHA-256 (hex) of the trust anchor that its
 * path ends in. None: it is another's.
 */
export type ReadHolder = (leaf: Uint8Array, anchor: string) => readonly Finding[];

export interface ProcessContext {
  readonly anchors: Anchors;
  /** The moment of validation. */
  readonly now: Date;
  readonly ask: AskStatus | undefined;
  /** Until when algorithms are relied on. */
  readonly algorithms: AlgorithmCalendar;
  /** Of the signature policies that are known. */
  readonly policies: PolicyDocuments;
  readonly readHolder: ReadHolder;
  /** Something outside of the signature that proves when it, and the evidence beside it, existed. */
  readonly proof?: { readonly at: Date; readonly by: Problem };
}

/** Judges one signature. Never throws for what is wrong with it. */
export async function judgeSignature(
  facts: SignatureFacts,
  id: string,
  context: ProcessContext,
): Promise<SignatureReport> {
  const proofs = new Proofs(context);
  const stamps = facts.stamps;
  const judged: StampReport[] = [];
  for (const stamp of [...stamps].reverse()) judged.unshift(await judgeStamp(stamp, facts, proofs, context));
  const order = orderFinding(stamps);
  const proven = proofs.ofSignature();

  const findings: Finding[] = [
    ...facts.findings,
    ...claimFindings(facts, context),
    ...policyFindings(facts.policy, context.policies),
    ...order,
    ...stampFindings(judged),
  ];
  let path: SignatureReport['path'] = [];
  if (facts.certificate) {
    const answer = await judgeCertificate({
      ...questionAbout(facts, context, proofs, proven),
      leaf: facts.certificate,
      carried: facts.certificates,
      role: facts.role,
      anchors: context.anchors[facts.role],
      claimedAt: facts.claimedTime,
      freshness: facts.freshness,
    });
    findings.push(...answer.findings);
    path = answer.path;
    const anchor = path.at(-1);
    if (anchor?.isTrustAnchor) findings.push(...context.readHolder(facts.certificate, anchor.sha256));
  }
  const weak = facts.algorithms.map((used) => context.algorithms.problem(used, proven.at)).find(Boolean);
  if (weak) findings.push(failed('constraints', 'algorithms', 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE', weak));
  else if (facts.algorithms.length > 0) findings.push(passed('constraints', 'algorithms'));
  const level = levelReached(facts, context.anchors);
  const signer = path[0]?.commonName ?? facts.signer;
  const { name, claimedTime, algorithmName, coversFile, changes, own, core, policy, witnessed } = facts;
  return {
    id,
    format: facts.format,
    ...concluding(decisive(findings)),
    ...(level !== undefined && { level }),
    ...(name !== undefined && { name }),
    ...(signer !== undefined && { signer }),
    ...(claimedTime && { claimedTime }),
    bestSignatureTime: own ? own.genTime : proven.at,
    proof: own ? adesProblems.of('proof/own-time') : proven.by,
    ...(algorithmName !== undefined && { signatureAlgorithm: algorithmName }),
    ...(core && { signedSha256: digestOf(core.signed), signatureValue: base64(core.value) }),
    ...(policy && { policy: policyReport(policy, context.policies) }),
    ...(witnessed && { witnessed }),
    checks: findings.map(plain),
    path,
    timestamps: judged,
    ...(coversFile !== undefined && { coversFile }),
    ...(changes && { changes }),
  };
}

const questionAbout = (
  { evidence }: SignatureFacts,
  { now, ask, algorithms }: ProcessContext,
  proofs: Proofs,
  { at, isProven }: Proven,
): Pick<
  CertificateQuestion,
  'evidence' | 'now' | 'ask' | 'algorithms' | 'existedAt' | 'provenAt' | 'isProven'
> => ({
  evidence,
  now,
  ask,
  algorithms,
  existedAt: proofs.ofData,
  provenAt: at,
  isProven,
});

/** Imprint and signature must be by algorithms that are relied on when it is proven to have existed. */
function algorithmsOfStamp(
  { algorithm, imprintAlgorithm }: TimeStamp,
  at: Date,
  { algorithms }: ProcessContext,
): Finding {
  const weak = algorithm
    ? (algorithms.problem(algorithm, at) ??
      algorithms.problem({ ...algorithm, digest: imprintAlgorithm }, at))
    : adesProblems.of('algorithm/signature-unknown');
  return weak === undefined
    ? passed('constraints', 'algorithms')
    : failed('constraints', 'algorithms', 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE', weak);
}

/** A time-stamp (clause 5.4), and what it proves when it holds. */
async function judgeStamp(
  facts: TimeStampFacts,
  signature: SignatureFacts,
  proofs: Proofs,
  context: ProcessContext,
): Promise<StampReport> {
  const { kind, name, stamp, problem } = facts;
  if (!stamp) {
    const finding = stampFaultFinding(problem ?? adesProblems.of('timestamp/unreadable'));
    return { kind, name, ...concluding(finding.subIndication), checks: [plain(finding)], path: [] };
  }
  const proven = proofs.current;
  const findings: Finding[] = [passed('cryptography', 'imprint'), passed('cryptography', 'signature')];
  if (stamp.genTime > context.now) {
    findings.push(
      failed(
        'time-stamps',
        'order',
        'TIMESTAMP_ORDER_FAILURE',
        adesProblems.of('timestamp/after-validation'),
      ),
    );
  }
  findings.push(algorithmsOfStamp(stamp, proven.at, context));
  const answer = await judgeCertificate({
    ...questionAbout(signature, context, proofs, proven),
    leaf: stamp.certificate,
    carried: [...stamp.certificates, ...signature.certificates],
    role: 'time-stamp',
    anchors: context.anchors['time-stamp'],
    claimedAt: stamp.genTime,
    freshness: 'kept',
  });
  findings.push(...answer.findings);
  const conclusion = concluding(decisive(findings));
  if (conclusion.indication === 'TOTAL-PASSED') proofs.add(facts);
  return {
    kind,
    name,
    ...conclusion,
    time: stamp.genTime,
    ...(answer.path[0] && { authority: answer.path[0].commonName }),
    checks: findings.map(plain),
    path: answer.path,
  };
}

/** How far clocks may be off. */
const TOLERANCE_MS = 5 * 60_000;

function claimFindings({ claimedTime }: SignatureFacts, { now }: ProcessContext): Finding[] {
  if (!claimedTime || claimedTime.getTime() <= now.getTime() + TOLERANCE_MS) return [];
  const why = adesProblems.of('signature/claimed-later', { at: claimedTime });
  return [failed('constraints', 'signing-time', 'SIG_CONSTRAINTS_FAILURE', why)];
}

/** What a later time-stamp is over cannot be younger than it (clause 5.5.4). */
function orderFinding(stamps: readonly TimeStampFacts[]): Finding[] {
  const times = stamps.flatMap(({ stamp }) => (stamp ? [stamp.genTime.getTime()] : []));
  if (times.length < 2) return [];
  const ordered = stamps.every(({ kind, stamp }, index) =>
    kind === 'signature' || kind === 'references' || !stamp
      ? true
      : stamps.slice(0, index).every((one) => !one.stamp || one.stamp.genTime <= stamp.genTime),
  );
  return [
    ordered
      ? passed('time-stamps', 'order')
      : failed('time-stamps', 'order', 'TIMESTAMP_ORDER_FAILURE', adesProblems.of('timestamp/order')),
  ];
}

/**
 * A time-stamp that is not over what it should be over was tampered with, or belongs elsewhere. One that is, of an authority or
 * by an algorithm that does not count, proves nothing and does no harm.
 */
const stampFindings = (stamps: readonly StampReport[]): Finding[] =>
  stamps.flatMap(({ name, indication, checks }): Finding[] => {
    if (indication === 'TOTAL-PASSED') return [];
    // what did not pass has a check that failed, which has its reason
    const why = checks.find(({ outcome }) => outcome === 'failed')!.problem!;
    return [
      indication === 'TOTAL-FAILED'
        ? failed(
            'time-stamps',
            'hold',
            'SIG_CONSTRAINTS_FAILURE',
            adesProblems.of('timestamp/not-holding', { stamp: stampNamed(name), why }),
          )
        : warning(
            'time-stamps',
            'trusted',
            adesProblems.of('timestamp/not-relied-on', { stamp: stampNamed(name), why }),
          ),
    ];
  });

/** The first failure that ends it all, else the first that leaves it open. */
function decisive(findings: readonly Finding[]) {
  const wrong = findings.flatMap(({ subIndication }) => subIndication ?? []);
  return wrong.find((one) => concluding(one).indication === 'TOTAL-FAILED') ?? wrong[0];
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const plain = ({ block, check, outcome, problem }: Finding): Check => ({
  block,
  check,
  outcome,
  ...(problem && { problem }),
});
