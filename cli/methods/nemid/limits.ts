/** NemID's rows of the table of limits. */
import { LIMITS as NEMID_XML } from '@segl/identity/methods/nemid/evidence/message';
import { CPR_ATTEMPTS, CPR_ATTEMPTS_A_DAY } from '@segl/identity/methods/nemid/cpr/national-id';
import type { NemIdCode } from '@segl/identity/methods/nemid/problems';
import { MAX_CERTIFICATES } from '@segl/identity/methods/nemid/evidence/signer-certificate';
import { MESSAGE_ROOM } from '@segl/identity/methods/nemid/evidence/verify';
import { bytes, EVIDENCE, grouped, limit, SIGNERS, type Limit } from '../../limit.ts';

export const limits: Readonly<Record<string, readonly Limit[]>> = {
  [SIGNERS]: [
    limit<NemIdCode>(
      'wrong CPR numbers for a signature',
      CPR_ATTEMPTS,
      'CPR_TOO_MANY_ATTEMPTS',
      'server/application/flow',
      'a signer without a number in the order gives it; five wrong ones are enough',
    ),
    limit<NemIdCode>(
      'wrong CPR numbers for a person, in all sessions of 24 hours',
      CPR_ATTEMPTS_A_DAY,
      'CPR_LOCKED',
      'identity/methods/nemid/cpr/cpr-step',
      'wrong numbers count in all sessions together, until a day has passed',
    ),
  ],
  [EVIDENCE]: [
    limit(
      'NemID message: depth, tags, namespaces in scope',
      `${NEMID_XML.depth}, ${grouped(NEMID_XML.tags)}, ${NEMID_XML.namespaces}`,
      'NATIVE_SIGNATURE_REFUSED',
      'limits',
      'NemID messages',
    ),
    limit(
      'its size',
      `twice what was to be signed, and ${bytes(MESSAGE_ROOM)}`,
      'NATIVE_SIGNATURE_REFUSED',
      'identity/methods/nemid/evidence/verify',
      'a message far larger than what was to be signed is not read',
    ),
    limit('its certificates', MAX_CERTIFICATES, 'NATIVE_SIGNATURE_REFUSED', 'limits', 'NemID messages'),
  ],
};
