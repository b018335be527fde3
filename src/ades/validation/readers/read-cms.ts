/** CMS and CAdES signatures as facts, beside their content or around it. */
import { toDer } from '@segl/pki/asn1/ber';
import { judgeCms, type JudgedCms } from '../../cades/cms-judge.ts';
import { signersIn } from '@segl/pki/cms/cms-signed-data';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf } from '@segl/problem/problem';
import { adesProblems } from '../../problems.ts';
import {
  ARCHIVE_STAMP,
  SIGNATURE_STAMP,
  failed,
  NO_EVIDENCE,
  passed,
  warning,
  type Finding,
  type SignatureFacts,
} from '../facts.ts';
import { faultFinding, indicationOf } from '../fault-findings.ts';
import { digestsOf } from '../status.ts';

/** What the parts of a CMS amount to; `isBinding`: its format demands that the certificate is named. */
export function cmsFindings({ fault, isBound, unjudged }: JudgedCms, isBinding: boolean): Finding[] {
  const findings: Finding[] = fault
    ? [faultFinding(fault)]
    : [
        passed('format', 'structure'),
        passed('cryptography', 'content'),
        passed('cryptography', 'signature-value'),
      ];
  if (!isBound) {
    const why = adesProblems.of('cms/not-bound');
    findings.push(
      isBinding
        ? failed('signing-certificate', 'binding', 'SIG_CONSTRAINTS_FAILURE', why)
        : warning('signing-certificate', 'binding', why),
    );
  } else if (!fault || indicationOf(fault)[0] !== 'signing-certificate')
    findings.push(passed('signing-certificate', 'binding'));
  if (unjudged.length > 0) {
    findings.push(warning('format', 'unsigned-parts', adesProblems.of('cms/unjudged', { what: unjudged })));
  }
  return findings;
}

/** The facts of a judged CMS that every format around it shares. */
export const cmsFacts = (cms: JudgedCms) => ({
  certificate: cms.certificate,
  certificates: cms.certificates,
  algorithms: cms.algorithm ? [cms.algorithm] : [],
  core: { signed: cms.signedBytes, value: cms.signatureValue },
  ...(cms.policy && { policy: cms.policy }),
  ...(cms.algorithm && { algorithmName: `${cms.algorithm.scheme} with ${cms.algorithm.digest}` }),
  stamps: [
    ...cms.stamps.map((stamp) => ({
      ...stamp,
      kind: 'signature' as const,
      name: SIGNATURE_STAMP,
      covers: new Set<string>(),
    })),
    ...cms.archiveStamps.map(({ covered, ...stamp }) => ({
      ...stamp,
      kind: 'archive' as const,
      name: ARCHIVE_STAMP,
      covers: digestsOf(covered),
    })),
  ],
});

/** By structure (EN 319 122-1 clause 6): B, T, LT, LTA. */
function levelOf({
  stamps,
  archiveStamps,
  carried,
}: JudgedCms): Pick<SignatureFacts, 'level' | 'lowerLevel'> {
  if (stamps.length === 0) return { level: 'B' };
  if (carried.ocsps.length + carried.crls.length === 0) return { level: 'T' };
  return { level: archiveStamps.length > 0 ? 'LTA' : 'LT', lowerLevel: 'T' };
}

/** The signatures of a CMS file, DER or BER; `digestOf`: of what it is over, when it is detached. */
export function readCmsFile(
  bytes: Uint8Array,
  digestOf?: (hash: string) => Uint8Array,
): readonly SignatureFacts[] {
  try {
    const der = toDer(bytes);
    return Array.from({ length: signersIn(der) }, (_, number) => signerFacts(der, number, digestOf));
  } catch (error) {
    if (!isSeglError(error, 'ASN1_INVALID')) throw error;
    return [{ ...NOTHING, findings: [faultFinding(reasonOf(error))] }];
  }
}

const NOTHING = {
  format: 'CMS',
  certificates: [],
  algorithms: [],
  stamps: [],
  evidence: NO_EVIDENCE,
  role: 'any',
  freshness: 'fresh',
} as const;

function signerFacts(
  der: Uint8Array,
  number: number,
  digestOf?: (hash: string) => Uint8Array,
): SignatureFacts {
  let cms: JudgedCms;
  try {
    cms = judgeCms(der, digestOf, number);
  } catch (error) {
    if (!isSeglError(error, 'CMS_INVALID', 'ASN1_INVALID')) throw error;
    return { ...NOTHING, findings: [faultFinding(reasonOf(error))] };
  }
  const isMissing = !cms.content && !digestOf;
  return {
    ...NOTHING,
    ...cmsFacts(cms),
    format: cms.isBound ? 'CAdES' : 'CMS',
    ...(cms.isBound && levelOf(cms)),
    evidence: cms.carried,
    ...(cms.signingTime && { claimedTime: cms.signingTime }),
    findings: isMissing
      ? [failed('cryptography', 'content', 'SIGNED_DATA_NOT_FOUND', adesProblems.of('cms/content-missing'))]
      : cmsFindings(cms, false),
  };
}
