/** The codes of the simulators. Whoever tells them, and starts none, loads no more than this. */
import type { AnyProblemSet } from '@segl/problem/errors';
import { simulatorProblems } from './nemid/problems.ts';
import { oidcSimulatorProblems } from './oidc/problems.ts';
import { passkeySimulatorProblems } from './passkey/problems.ts';

export const problemsOfSimulators: readonly AnyProblemSet[] = [
  simulatorProblems,
  oidcSimulatorProblems,
  passkeySimulatorProblems,
];
