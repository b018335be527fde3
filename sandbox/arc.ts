/**
 * The sandbox's own arc of object identifiers: 2.25 and a UUID as one number (ITU-T X.667), so nothing that it
 * issues can be mistaken for a certificate of a real hierarchy. Each simulator has a number below it.
 * UUID 182c4442-e2a3-45f0-bc99-8ce4c89e2d46.
 */
export const ARC = '2.25.32131317463666285032698934920105307462';

/** Policy under which the sandbox's time-stamp authority answers. */
export const TSA_POLICY = `${ARC}.2.1`;

/** Policy of seal certificates. */
export const SEAL_POLICY = `${ARC}.3.1`;
