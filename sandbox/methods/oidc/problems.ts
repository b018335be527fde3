/** Codes of the OpenID providers; there are none but the sandbox's. */
import { sandboxProblems } from '../../problems.ts';

export const oidcSimulatorProblems = sandboxProblems;
