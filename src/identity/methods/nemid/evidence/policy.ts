/** How NemID signatures are packaged: what the published policies ask for, and how packages under them are judged. */
import { identityProblems } from '../../../problems.ts';
import { nemidProblems } from '../problems.ts';
import type { Problem } from '@segl/problem/problem';
import { pathToFileURL } from 'node:url';
import type { AuthorityEvidence } from '@segl/pki/revocation/evidence';
import { packageFile } from '@segl/problem/paths';
import type { AuditEvent, LtvSdoContent } from '../../../evidence/ltvsdo/content.ts';
import { HANDWRITING_EVENT, readHandwritingEvent } from '../../../evidence/handwriting-event.ts';
import {
  gapsOf,
  lacking,
  missing,
  presentation,
  story,
  sessionRules,
  type Rule,
} from '../../../evidence/policy-rules.ts';
import type { PackagedSignature, PackagingPolicy } from '../../../method.ts';
import { nativeChecks } from './checks.ts';
import { cprGap, hasNoCprEvent, noCprGap, noCprToldGap } from '../cpr/cpr-events.ts';
import type { Holders } from '../name-options.ts';
import { EMPLOYEE_EVENT, employeeEventGap, employeeGap } from './employment.ts';
import { verifyNemIdEvidence } from './evidence.ts';
import { NEMID_SIGNATURE_FORMAT } from './formats.ts';
import { isSignable } from '../client/sign-text.ts';

/** How NemID signatures are made, verified and packaged. */
export const NEMID_PACKAGING_POLICY = 'urn:segl:packagingpolicy:ltv:nemid:1.1:1.1';

/** The version before, which did not ask for the status of certificate authorities. Still verified, no longer made. */
export const NEMID_PACKAGING_POLICY_1_0 = 'urn:segl:packagingpolicy:ltv:nemid:1.1:1.0';

/** How NemID signatures are packaged by those who have no agreement on CPR numbers. */
export const NEMID_WITHOUT_CPR_PACKAGING_POLICY = 'urn:segl:packagingpolicy:ltv:nemid-without-cpr:1.1:1.0';

/** How NemID signatures are packaged where the signer drew a signature as well. */
export const NEMID_HANDWRITTEN_PACKAGING_POLICY = 'urn:segl:packagingpolicy:ltv:nemid-handwritten:1.1:1.0';

/** How NemID signatures of employees are packaged. */
export const NEMID_EMPLOYEE_PACKAGING_POLICY = 'urn:segl:packagingpolicy:ltv:nemid-employee:1.1:1.0';

/** Whose certificates count in a package. */
export const holdersOf = ({ packagingPolicy }: Pick<LtvSdoContent, 'packagingPolicy'>): Holders =>
  packagingPolicy === NEMID_EMPLOYEE_PACKAGING_POLICY ? 'employees' : 'persons';

/** Not every client sends the TimeStamp that is compared. */
const OPTIONAL_CHECKS = ['time-stamp-plausible'];

const common: readonly Rule[] = [
  ...sessionRules.slice(0, 1),
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
  ...sessionRules.slice(1),
  ['E7', ({ verification }) => lacking(verification, 'os', 'node', 'segl', 'segl-nemid-verifier')],
  ['E10', story],
];

function uncheckedOf(trail: readonly AuditEvent[]): Problem | undefined {
  const checked = new Set(trail.map(({ type }) => type));
  const open = nativeChecks.find(({ id }) => !OPTIONAL_CHECKS.includes(id) && !checked.has(`verified-${id}`));
  return open && identityProblems.of('packaging/check-missing', { check: open.id });
}

const withCpr: readonly Rule[] = [...common, ['E9', cprGap]];
const withoutCpr: readonly Rule[] = [
  ...common,
  ['W1', ({ signer }) => signer.nationalId && nemidProblems.of('packaging/national-id-there')],
  ['W2', noCprGap],
];

const ofEmployees: readonly Rule[] = [
  ...common,
  ['M4', employeeGap],
  ['M5', employeeEventGap],
  ['M6', (content) => (content.signer.nationalId ? cprGap(content) : noCprToldGap(content))],
];

function verifySigner(
  content: LtvSdoContent,
  anchors: readonly Uint8Array[],
  authorities: AuthorityEvidence = 'told',
): PackagedSignature {
  const { path, document } = verifyNemIdEvidence(content, anchors, holdersOf(content), authorities);
  return { path, ...(document && { document }) };
}

/** With the handwriting, where there is one. */
function verifyWithHandwriting(content: LtvSdoContent, anchors: readonly Uint8Array[]): PackagedSignature {
  const byHand = content.creationAuditTrail.some(({ type }) => type === HANDWRITING_EVENT);
  return {
    ...verifySigner(content, anchors),
    ...(byHand && { handwriting: readHandwritingEvent(content) }),
  };
}

const text = (name: string): URL => pathToFileURL(packageFile(import.meta.url, 'policies', name));

type Signed = Parameters<PackagingPolicy['applies']>[0];

const isOfPerson = ({ format, trail }: Signed): boolean =>
  format === NEMID_SIGNATURE_FORMAT && !trail.includes(EMPLOYEE_EVENT);
const isOfEmployee = ({ format, trail }: Signed): boolean =>
  format === NEMID_SIGNATURE_FORMAT && trail.includes(EMPLOYEE_EVENT);
const hasNoCpr = ({ trail }: Signed): boolean => hasNoCprEvent(trail);

export const policies: readonly PackagingPolicy[] = [
  {
    urn: NEMID_PACKAGING_POLICY,
    title: 'Packaging of NemID signatures',
    text: text('packaging-policy-nemid-1.1.txt'),
    applies: (signed) => isOfPerson(signed) && !hasNoCpr(signed) && !signed.handwritten,
    gaps: gapsOf(withCpr),
    verify: verifySigner,
  },
  {
    urn: NEMID_PACKAGING_POLICY_1_0,
    title: 'Packaging of NemID signatures, before',
    text: text('packaging-policy-nemid-1.0.txt'),
    earlier: true,
    authorities: 'answered',
    applies: () => false,
    gaps: () => [],
    verify: (content, anchors) => verifySigner(content, anchors, 'answered'),
  },
  {
    urn: NEMID_HANDWRITTEN_PACKAGING_POLICY,
    title: 'Packaging of NemID signatures with handwriting',
    text: text('packaging-policy-nemid-handwritten-1.0.txt'),
    applies: (signed) => isOfPerson(signed) && !hasNoCpr(signed) && signed.handwritten,
    gaps: gapsOf(withCpr),
    verify: (content, anchors) => ({
      ...verifySigner(content, anchors),
      handwriting: readHandwritingEvent(content),
    }),
  },
  {
    urn: NEMID_WITHOUT_CPR_PACKAGING_POLICY,
    title: 'Packaging of NemID signatures without a CPR number',
    text: text('packaging-policy-nemid-without-cpr-1.0.txt'),
    applies: (signed) => isOfPerson(signed) && hasNoCpr(signed),
    gaps: gapsOf(withoutCpr),
    verify: verifyWithHandwriting,
  },
  {
    urn: NEMID_EMPLOYEE_PACKAGING_POLICY,
    title: 'Packaging of NemID signatures of employees',
    text: text('packaging-policy-nemid-employee-1.0.txt'),
    applies: isOfEmployee,
    gaps: gapsOf(ofEmployees),
    verify: verifyWithHandwriting,
  },
];
