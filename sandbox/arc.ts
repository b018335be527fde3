/**
 * The sandbox's own arc of object identifiers: 2.25 and a UUID as one number (ITU-T X.667), so nothing that it
 * issues can be mistaken for a certificate of the real hierarchy (1.2.208.169).
 * UUID 182c4442-e2a3-45f0-bc99-8ce4c89e2d46.
 */
const ARC = '2.25.32131317463666285032698934920105307462';

/** Prefix of OCES-like certificate policies; .1 POCES, .2 MOCES, .3 VOCES, .4 FOCES and a version follow. */
export const OCES_POLICY_PREFIX = `${ARC}.1`;

export const POCES_POLICY = `${OCES_POLICY_PREFIX}.1.1`;
export const MOCES_POLICY = `${OCES_POLICY_PREFIX}.2.1`;
export const VOCES_POLICY = `${OCES_POLICY_PREFIX}.3.1`;
export const FOCES_POLICY = `${OCES_POLICY_PREFIX}.4.1`;

/** Policy under which the sandbox's time-stamp authority answers. */
export const TSA_POLICY = `${ARC}.2.1`;

/** Policy of seal certificates. */
export const SEAL_POLICY = `${ARC}.3.1`;
