/** What the signer's certificate says, before its path is looked at. */
import { nemidProblems } from '../problems.ts';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf } from '@segl/problem/problem';
import type { Certificate } from '@segl/pki/x509/certificate';
import { readOces, type OcesIdentity, type OcesPolicies, type OcesType } from '../../../oces/certificate.ts';
import { refused } from '../refusal.ts';

/**
 * The holder of a certificate of one of these types: persons, unless employees are asked for. Throws
 * NATIVE_SIGNATURE_REFUSED {check: certificate-type}.
 */
export function readHolder(
  leaf: Certificate,
  policies: string | readonly OcesPolicies[],
  types: readonly OcesType[],
): OcesIdentity {
  const identity = readIdentity(leaf, policies);
  if (types.includes(identity.type)) return identity;
  throw refused(
    'certificate-type',
    nemidProblems.of('nemid/certificate-type', { type: identity.type, allowed: types }),
  );
}

function readIdentity(leaf: Certificate, policies: string | readonly OcesPolicies[]): OcesIdentity {
  try {
    return readOces(leaf, policies);
  } catch (error) {
    if (isSeglError(error, 'OCES_INVALID')) throw refused('certificate-type', reasonOf(error), error);
    throw error;
  }
}

/** Throws NATIVE_SIGNATURE_REFUSED {check: validity}. */
export function requireValidity(leaf: Certificate, at: Date): void {
  if (at < leaf.notBefore) throw refused('validity', nemidProblems.of('nemid/not-yet-valid'));
  if (at > leaf.notAfter) throw refused('validity', nemidProblems.of('nemid/expired'));
}
