/**
 * What packaging policies want to find in a package beside what its verification proves: looked up in the content before it
 * is sealed, so that no seal vouches for a package that came about in another way. That things happened in their order is
 * ensured where they happen; here the record of it must be complete. These are the rules that policies have in common.
 */
import { identityProblems } from '../problems.ts';
import type { Problem } from '@segl/problem/problem';
import type { PolicyGap } from '../method.ts';
import type { AuditEvent, LtvSdoContent, ProcessContext } from './ltvsdo/content.ts';

/** A requirement, and what is missing of it in a content. */
export type Rule = readonly [requirement: string, find: (content: LtvSdoContent) => Problem | undefined];

/** Clocks of the machines of one service may differ this much, in milliseconds. */
const CLOCK_TOLERANCE = 60_000;

export const gapsOf =
  (rules: readonly Rule[]) =>
  (content: LtvSdoContent): PolicyGap[] =>
    rules.flatMap(([requirement, find]) => {
      const why = find(content);
      return why === undefined ? [] : [{ requirement, why }];
    });

/** The signer sent in; one time of signing is told; each context tells the software that took part. */
export const sessionRules: readonly Rule[] = [
  ['G2', ({ creationAuditTrail }) => missing(creationAuditTrail, 'signer-sent-in')],
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
];

export const missing = (trail: readonly AuditEvent[], type: string): Problem | undefined =>
  trail.some((event) => event.type === type)
    ? undefined
    : identityProblems.of('packaging/event-missing', { type });

const entry = ({ data }: AuditEvent, name: string): string | undefined =>
  data.find((one) => one.name === name)?.value;

const isShown =
  (sha256: Uint8Array) =>
  (event: AuditEvent): boolean =>
    event.type === 'presented-document-to-signer' &&
    entry(event, 'document-digest') === Buffer.from(sha256).toString('base64');

/** The document was shown before the client started. */
export function presentation({ creationAuditTrail, document }: LtvSdoContent): Problem | undefined {
  const started = creationAuditTrail.findLast(({ type }) => type === 'invoked-sign-call');
  if (!started) return identityProblems.of('packaging/client-not-started');
  const shown = creationAuditTrail.some(
    (event) =>
      isShown(document.sha256)(event) && event.at.getTime() <= started.at.getTime() + CLOCK_TOLERANCE,
  );
  return shown ? undefined : identityProblems.of('packaging/document-not-shown-before');
}

/** The document was shown. */
export function unshown({ creationAuditTrail, document }: LtvSdoContent): Problem | undefined {
  return creationAuditTrail.some(isShown(document.sha256))
    ? undefined
    : identityProblems.of('packaging/document-not-shown');
}

export function lacking({ components }: ProcessContext, ...names: string[]): Problem | undefined {
  const told = (name: string): boolean =>
    components.some((one) => one.name === name && one.version.trim() !== '');
  const absent = names.find((name) => !told(name));
  return absent === undefined
    ? undefined
    : identityProblems.of('packaging/component-missing', { name: absent });
}

/** Created once, and judged after that. */
export function story({
  creationAuditTrail,
  verificationAuditTrail,
  native,
}: LtvSdoContent): Problem | undefined {
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
