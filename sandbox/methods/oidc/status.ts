/** The status of a certificate, as whoever signed with it hands it on. */
import { buildOcspRequest } from '@segl/pki/revocation/ocsp';
import { parseCertificate } from '@segl/pki/x509/certificate';
import type { World } from '../../world/world.ts';

const DAY = 86_400_000;

/** DER OCSPResponse. `isOld`: of three days ago, which counts for nothing any more. */
export function statusOf(
  world: World,
  { id, issuer }: { readonly id: string; readonly issuer: string },
  about: { readonly now: Date; readonly isOld: boolean; readonly nonce?: Uint8Array },
): Promise<Uint8Array> {
  const { now, isOld, nonce } = about;
  const request = buildOcspRequest({
    certificate: parseCertificate(world.certificate(id)),
    issuer: parseCertificate(world.certificate(issuer)),
    ...(nonce && { nonce }),
  });
  return world.answerOcsp(issuer, request, isOld ? new Date(now.getTime() - 3 * DAY) : now);
}
