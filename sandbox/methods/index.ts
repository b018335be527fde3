/** The simulators of the sandbox. One that is added here is part of it. */
import type { Simulator } from '../simulator.ts';
import nemid from './nemid/index.ts';
import oidc from './oidc/index.ts';
import otp from './otp/index.ts';
import passkey from './passkey/index.ts';

export const simulators: readonly Simulator[] = [nemid, oidc, otp, passkey];
