/** How signatures by identity evidence are packaged, whichever method made them. */
import { pathToFileURL } from 'node:url';
import { packageFile } from '@segl/problem/paths';
import type { Problem } from '@segl/problem/problem';
import type { PackagedSignature, PackagingPolicy } from '../../method.ts';
import { identityProblems } from '../../problems.ts';
import { HANDWRITING_EVENT, readHandwritingEvent } from '../handwriting-event.ts';
import type { LtvSdoContent } from '../ltvsdo/content.ts';
import { gapsOf, lacking, missing, presentation, sessionRules, story, type Rule } from '../policy-rules.ts';
import { isLink } from './chain.ts';
import { IDENTITY_EVIDENCE, type IdentityEvidence } from './content.ts';
import { requireIdentityEvidence, type ToldEvidence } from './judge.ts';
import { ORGANISATION_EVENT, organisationEventGap, organisationGap } from './organisation.ts';
import { BACKCHANNEL_LIMITS, isBackchannel } from './proofs/backchannel.ts';
import { bytesOf, readIdentityEvidence } from './read.ts';

export const IDENTITY_PACKAGING_POLICY = 'urn:segl:packagingpolicy:ltv:identity-evidence:1.1:1.0';

/** The same for somebody who acts for an organisation. */
export const IDENTITY_EMPLOYEE_PACKAGING_POLICY =
  'urn:segl:packagingpolicy:ltv:identity-evidence-employee:1.1:1.0';

/** Checks that every identity evidence passed, whatever its proofs are. */
export const IDENTITY_CHECKS = ['bound', 'order-of-time', 'intent', 'identity', 'binding'] as const;

export const unchecked = ({ verificationAuditTrail }: LtvSdoContent): Problem | undefined =>
  IDENTITY_CHECKS.map((check) => missing(verificationAuditTrail, `verified-${check}`)).find(
    (why) => why !== undefined,
  );

/** What the package tells, to be compared with the evidence in it. */
export const toldBy = ({ native, signer, document, creationAuditTrail }: LtvSdoContent): ToldEvidence => ({
  at: native.signingTime,
  displayName: signer.displayName,
  uniqueId: signer.uniqueId,
  nationalId: signer.nationalId,
  document,
  bundleIndex: native.bundleIndex,
  handwritten: creationAuditTrail.findLast(({ type }) => type === HANDWRITING_EVENT)?.at,
});

/** What stands beside the evidence would be judged by nobody (E1). */
export function dataBeside({ native: { format, mimeType, version, validation } }: LtvSdoContent) {
  const isOurs =
    format === IDENTITY_EVIDENCE.format &&
    mimeType === IDENTITY_EVIDENCE.mimeType &&
    version === IDENTITY_EVIDENCE.version;
  const { certificates, ocsps, crls } = validation;
  return isOurs && certificates.length + ocsps.length + crls.length === 0
    ? undefined
    : identityProblems.of('identity-evidence/beside');
}

function verify(content: LtvSdoContent, anchors: readonly Uint8Array[]): PackagedSignature {
  const beside = dataBeside(content);
  if (beside) throw identityProblems.error('EVIDENCE_INVALID', { why: beside });
  const evidence = readIdentityEvidence(content.native.bytes);
  requireIdentityEvidence(evidence, toldBy(content), { anchors });
  const byHand = content.creationAuditTrail.some(({ type }) => type === HANDWRITING_EVENT);
  return {
    path: [],
    ...(byHand && { handwriting: readHandwritingEvent(content) }),
    ...(isOwnWord(evidence) && { ownWord: true }),
  };
}

/** Whether of any link it is the service's own word that it was about the document (B14); its limits were judged. */
const isOwnWord = (evidence: IdentityEvidence): boolean =>
  (isBackchannel(evidence) && evidence.limits.includes(BACKCHANNEL_LIMITS.ownWord)) ||
  evidence.proofs.filter(isLink).some((link) => isOwnWord(readIdentityEvidence(bytesOf(link))));

/** As before, and of the organisation that the package tells of. */
function verifyEmployee(content: LtvSdoContent, anchors: readonly Uint8Array[]): PackagedSignature {
  const verified = verify(content, anchors);
  const why = organisationGap(content);
  if (why) throw identityProblems.error('EVIDENCE_INVALID', { why });
  return verified;
}

const common: readonly Rule[] = [
  ...sessionRules,
  ['G3', presentation],
  ['B1', unchecked],
  ['E7', ({ verification }) => lacking(verification, 'os', 'node', 'segl')],
  ['E10', story],
];

const text = (name: string): URL => pathToFileURL(packageFile(import.meta.url, 'policies', name));

type Signed = Parameters<PackagingPolicy['applies']>[0];

const ofOrganisation = ({ trail }: Signed): boolean => trail.includes(ORGANISATION_EVENT);

export const identityPolicies: readonly PackagingPolicy[] = [
  {
    urn: IDENTITY_PACKAGING_POLICY,
    title: 'Packaging of signatures by identity evidence',
    text: text('packaging-policy-identity-evidence-1.0.txt'),
    applies: (signed) => signed.format === IDENTITY_EVIDENCE.format && !ofOrganisation(signed),
    gaps: gapsOf(common),
    verify,
  },
  {
    urn: IDENTITY_EMPLOYEE_PACKAGING_POLICY,
    title: 'Packaging of signatures by identity evidence of employees',
    text: text('packaging-policy-identity-evidence-employee-1.0.txt'),
    applies: (signed) => signed.format === IDENTITY_EVIDENCE.format && ofOrganisation(signed),
    gaps: gapsOf([
      ...common,
      ['O2', organisationGap],
      ['O3', organisationEventGap],
      ['O5', ({ signer }) => signer.nationalId && identityProblems.of('packaging/number-of-employee')],
    ]),
    verify: verifyEmployee,
  },
];
