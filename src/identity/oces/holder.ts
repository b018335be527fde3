/** What validation reports tell of OCES3 certificates: whether they say one thing, and whom they name. */
import { createHash } from 'node:crypto';
import { failed, passed, type Finding } from '@segl/ades/validation/facts';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf } from '@segl/problem/problem';
import type { OcesEnvironment } from './environments.ts';
import { isOces3, readOces3 } from './oces3.ts';
import { ocesProblems } from './problems.ts';

const sha256 = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');

/**
 * One finding about a certificate (DER) that is named in the way of OCES3 and whose path ends in an anchor of it (SHA-256, hex), none
 * about others. An employee or organisation is told by name, CVR number and UUID, which stays when the certificate is renewed; where
 * subject, policy and key usage do not agree, or the holder is a system, which commits nobody, the certificate is at fault.
 */
export function readOces3Holder(
  der: Uint8Array,
  anchor: string,
  { oces3 }: Pick<OcesEnvironment, 'oces3'>,
): readonly Finding[] {
  const leaf = parseCertificate(der);
  if (!isOces3(leaf) || !oces3.anchors.some((one) => sha256(one) === anchor.toLowerCase())) return [];
  try {
    const { holder, organization, cvr, uuid } = readOces3(leaf, oces3.policyPrefix);
    if (!leaf.keyUsage?.has('nonRepudiation'))
      return [
        failed('constraints', 'holder', 'CHAIN_CONSTRAINTS_FAILURE', ocesProblems.of('oces/not-committing')),
      ];
    return [
      passed('constraints', 'holder', ocesProblems.of(`oces/is-${holder}`, { organization, cvr, uuid })),
    ];
  } catch (error) {
    if (!isSeglError(error, 'OCES_INVALID')) throw error;
    return [failed('constraints', 'holder', 'CHAIN_CONSTRAINTS_FAILURE', reasonOf(error))];
  }
}
