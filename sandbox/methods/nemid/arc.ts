/** Policies of the simulator's certificates, below the sandbox's own arc: nothing like the real 1.2.208.169. */
import { ARC } from '../../arc.ts';

/** Prefix of OCES-like certificate policies; .1 POCES, .2 MOCES, .3 VOCES, .4 FOCES and a version follow; from .3.7 on: OCES3. */
export const OCES_POLICY_PREFIX = `${ARC}.1`;

export const POCES_POLICY = `${OCES_POLICY_PREFIX}.1.1`;
export const MOCES_POLICY = `${OCES_POLICY_PREFIX}.2.1`;
export const VOCES_POLICY = `${OCES_POLICY_PREFIX}.3.1`;
export const FOCES_POLICY = `${OCES_POLICY_PREFIX}.4.1`;
export const SYSTEM_POLICY = `${OCES_POLICY_PREFIX}.3.7.1`;
