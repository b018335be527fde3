/**
 * What the packaging policies want to find in a package beside what its verification proves: looked
 * up in the content before it is sealed, so that no seal vouches for a package that came about in another way. That
 * things happened in their order is ensured where they happen; here the record of it must be complete.
 */
import type { AuditEvent, LtvSdoContent, ProcessContext } from './ltvsdo/content.ts';
import {
  NEMID_HANDWRITTEN_PACKAGING_POLICY,
  NEMID_PACKAGING_POLICY,
  NEMID_WITHOUT_CPR_PACKAGING_POLICY,
  WSD_PACKAGING_POLICY,
} from './ltvsdo/policy.ts';
import { BY_HAND } from './wsd/content.ts';
import { nativeChecks } from '../methods/nemid/checks.ts';
import { isSignable } from '../methods/nemid/sign-text.ts';
import { identityProblems } from '../problems.ts';
import type { Problem } from '@segl/problem/problem';

/** A requirement of the policy that the content does not meet. */
export interface PolicyGap {
  /** As the policy names it, e.g. `E9`. */
  readonly requirement: string;
  readonly why: Problem;
}

type Rule = readonly [requirement: string, find: (content: LtvSdoContent) => Problem | undefined];

/** Clocks of the machines of one service may differ this much, in milliseconds. */
const CLOCK_TOLERANCE = 60_000;

/** Types of events that tell how the CPR number was had, and that it was not. */
const CPR_EVENTS = ['cpr-verified', 'cpr-looked-up'];
const NO_CPR_EVENT = 'cpr-not-collected';

/** Not every client sends the TimeStamp that is compared. */
const OPTIONAL_CHECKS = ['time-stamp-plausible'];

const common: readonly Rule[] = [
  ['G2', ({ creationAuditTrail }) => missing(creationAuditTrail, 'signer-sent-in')],
  [
    'C2',
    ({ document }) =>
      isSignable(document.mimeType)
        ? undefined
        : identityProblems.of('packaging/document-type', { type: document.mimeType }),
  ],
  ['C4a', presentation],
  ['V2', ({ verificationAuditTrail }) => missing(verificationAuditTrail, 'verified-core')],
  [
    'V3',
    ({ verificationAuditTrail }) =>
      missing(verificationAuditTrail, 'verified-path') ??
      missing(verificationAuditTrail, 'verified-revocation'),
  ],
  // the rest of the checks
  ['V1', ({ verificationAuditTrail }) => uncheckedOf(verificationAuditTrail)],
  [
    'E3',
    ({ signature, native }) =>
      signature.signingTime.getTime() === native.signingTime.getTime()
        ? undefined
        : identityProblems.of('packaging/times-differ'),
  ],
  ['E4', ({ creation }) => lacking(creation, 'user-agent')],
  ['E5', ({ creation }) => lacking(creation, 'os', 'node', 'segl')],
  ['E6', ({ verification }) => lacking(verification, 'user-agent')],
  ['E7', ({ verification }) => lacking(verification, 'os', 'node', 'segl', 'segl-nemid-verifier')],
  ['E10', story],
];

const withCpr: readonly Rule[] = [...common, ['E9', nationalId]];
const LOGIN_CHECKS = ['core', 'challenge', 'binding', 'path', 'revocation'];

/** Of the policy for witnessed signatures. */
const witnessed: readonly Rule[] = [
  ...common.filter(([requirement]) => ['G2', 'E3', 'E4', 'E5', 'E6', 'E7'].includes(requirement)),
  ['G3', ({ creationAuditTrail, document }) => unshown(creationAuditTrail, document.sha256)],
  ['L2', ({ creation, verificationAuditTrail }) => unverifiedLogin(creation, verificationAuditTrail)],
  ['P5', (content) => content.signer.nationalId && nationalId(content)],
  ['P6', ({ creationAuditTrail }) => missing(creationAuditTrail, 'signature-created')],
  ['P7', ({ verificationAuditTrail }) => missing(verificationAuditTrail, 'created-and-signed-wsd')],
];

const rulesOf = new Map<string, readonly Rule[]>([
  [NEMID_PACKAGING_POLICY, withCpr],
  [NEMID_HANDWRITTEN_PACKAGING_POLICY, withCpr],
  [WSD_PACKAGING_POLICY, witnessed],
  [NEMID_WITHOUT_CPR_PACKAGING_POLICY, [...common, ['W1', noNationalId], ['W2', noCprEvent]]],
]);

/** The policy of a package: that for the signature, or the one without a CPR number where the trail tells so. */
export const policyFor = (policy: string, trail: readonly Pick<AuditEvent, 'type'>[]): string =>
  [NEMID_PACKAGING_POLICY, NEMID_HANDWRITTEN_PACKAGING_POLICY].includes(policy) &&
  trail.some(({ type }) => type === NO_CPR_EVENT)
    ? NEMID_WITHOUT_CPR_PACKAGING_POLICY
    : policy;

/** Everything that is missing; nothing for content under other policies. */
export function findPolicyGaps(content: LtvSdoContent): PolicyGap[] {
  return (rulesOf.get(content.packagingPolicy) ?? []).flatMap(([requirement, find]) => {
    const why = find(content);
    return why === undefined ? [] : [{ requirement, why }];
  });
}

/** Throws POLICY_NOT_MET {requirement, why} with the first gap. */
export function requirePolicy(content: LtvSdoContent): void {
  const [gap] = findPolicyGaps(content);
  if (gap) throw identityProblems.error('POLICY_NOT_MET', { ...gap });
}

const missing = (trail: readonly AuditEvent[], type: string): Problem | undefined =>
  trail.some((event) => event.type === type)
    ? undefined
    : identityProblems.of('packaging/event-missing', { type });

const entry = ({ data }: AuditEvent, name: string): string | undefined =>
  data.find((one) => one.name === name)?.value;

/** The document was shown before the client started. */
function presentation({ creationAuditTrail, document }: LtvSdoContent): Problem | undefined {
  const digest = Buffer.from(document.sha256).toString('base64');
  const started = creationAuditTrail.findLast(({ type }) => type === 'invoked-sign-call');
  if (!started) return identityProblems.of('packaging/client-not-started');
  const shown = creationAuditTrail.some(
    (event) =>
      event.type === 'presented-document-to-signer' &&
      entry(event, 'document-digest') === digest &&
      event.at.getTime() <= started.at.getTime() + CLOCK_TOLERANCE,
  );
  return shown ? undefined : identityProblems.of('packaging/document-not-shown-before');
}

function unshown(trail: readonly AuditEvent[], sha256: Uint8Array): Problem | undefined {
  const digest = Buffer.from(sha256).toString('base64');
  const shown = trail.some(
    (event) => event.type === 'presented-document-to-signer' && entry(event, 'document-digest') === digest,
  );
  return shown ? undefined : identityProblems.of('packaging/document-not-shown');
}

function unverifiedLogin({ type }: ProcessContext, trail: readonly AuditEvent[]): Problem | undefined {
  if (type === BY_HAND) return undefined;
  return LOGIN_CHECKS.map((check) => missing(trail, `verified-${check}`)).find((why) => why !== undefined);
}

function uncheckedOf(trail: readonly AuditEvent[]): Problem | undefined {
  const checked = new Set(trail.map(({ type }) => type));
  const open = nativeChecks.find(({ id }) => !OPTIONAL_CHECKS.includes(id) && !checked.has(`verified-${id}`));
  return open && identityProblems.of('packaging/check-missing', { check: open.id });
}

function lacking({ components }: ProcessContext, ...names: string[]): Problem | undefined {
  const told = (name: string): boolean =>
    components.some((one) => one.name === name && one.version.trim() !== '');
  const absent = names.find((name) => !told(name));
  return absent === undefined
    ? undefined
    : identityProblems.of('packaging/component-missing', { name: absent });
}

/** The number, and in exactly one way how it was had. */
function nationalId({ signer, verificationAuditTrail }: LtvSdoContent): Problem | undefined {
  const { id, type, nationality } = signer.nationalId ?? {};
  if (id === undefined) return identityProblems.of('packaging/no-national-id');
  if (type !== 'CPR' || nationality !== 'DK' || !/^\d{10}$/.test(id))
    return identityProblems.of('packaging/national-id-malformed');
  const told = verificationAuditTrail.filter((event) => CPR_EVENTS.includes(event.type));
  return told.length === 1
    ? undefined
    : identityProblems.of('packaging/national-id-source', { count: told.length });
}

function noNationalId({ signer }: LtvSdoContent): Problem | undefined {
  return signer.nationalId && identityProblems.of('packaging/national-id-there');
}

function noCprEvent({ verificationAuditTrail }: LtvSdoContent): Problem | undefined {
  const told = verificationAuditTrail.filter(({ type }) => [...CPR_EVENTS, NO_CPR_EVENT].includes(type));
  return told.length === 1 && told[0]?.type === NO_CPR_EVENT
    ? undefined
    : identityProblems.of('packaging/no-national-id-untold');
}

/** Created once, and judged after that. */
function story({ creationAuditTrail, verificationAuditTrail, native }: LtvSdoContent): Problem | undefined {
  const [created, ...again] = creationAuditTrail.filter(({ type }) => type === 'signature-created');
  if (!created || again.length > 0) return identityProblems.of('packaging/not-created-once');
  const gap =
    missing(verificationAuditTrail, 'verified-signature') ??
    missing(verificationAuditTrail, 'user-identified');
  if (gap) return gap;
  const earliest = native.signingTime.getTime() - CLOCK_TOLERANCE;
  return [created, ...verificationAuditTrail].some(({ at }) => at.getTime() < earliest)
    ? identityProblems.of('packaging/judged-too-early')
    : undefined;
}
