/** Codes by SMS and e-mail: they show that somebody can read what is sent to an address of the order, and no more. */
import { pathToFileURL } from 'node:url';
import { packageFile } from '@segl/problem/paths';
import { leavesIdentityEvidence } from '../../evidence/identity/left-behind.ts';
import type { CodeChannel } from '../../evidence/identity/proofs/one-time-code.ts';
import type { EidOffer, MethodModule } from '../../method.ts';
import { otpMethod } from './method.ts';
import { otpProblems } from './problems.ts';
import { IDENTITY_EVIDENCE } from '../../evidence/identity/content.ts';

const offer: EidOffer = {
  levels: ['low'],
  attributes: [],
  tested: ['a simulator'],
  native: IDENTITY_EVIDENCE.format,
};

const channelOf = (profile: string): CodeChannel => (profile === 'sms' ? 'sms' : 'email');

const otp: MethodModule = {
  id: 'otp',
  family: 'otp',
  names: [],
  providers: {
    profiles: {
      sms: { title: 'SMS', eids: { 'sms-code': offer } },
      email: { title: 'E-mail', eids: { 'email-code': offer } },
    },
    fields: {},
    required: () => [],
  },
  settings: {},
  required: () => [],
  problems: otpProblems,
  texts: pathToFileURL(packageFile(import.meta.url, 'methods', 'otp', 'texts/')),
  ...leavesIdentityEvidence,
  async open(_, deps, providers) {
    const missing = providers
      .map(({ profile }) => channelOf(profile))
      .filter((channel) => deps.messages[channel] === undefined);
    if (missing.length > 0) {
      const problems = missing.map((channel) => otpProblems.of(`code/gateway-${channel}`));
      throw otpProblems.error('CONFIG_INVALID', { problems });
    }
    return {
      method(entry, use) {
        const channel = channelOf(entry.provider?.profile ?? '');
        const send = deps.messages[channel];
        if (!entry.provider || !send) throw new TypeError(`nobody answers for ${entry.name}`);
        return otpMethod(entry, use, channel, send, deps);
      },
      anchors: [],
      certificates: [],
      issuers: [],
      doctor: async ({ entry }) =>
        providers
          .filter(({ id }) => entry === undefined || entry.provider?.id === id)
          .map(({ id }) => ({ check: id, verdict: 'ok', found: otpProblems.of('code/ready') })),
      close: async () => undefined,
    };
  },
};

export default otp;
