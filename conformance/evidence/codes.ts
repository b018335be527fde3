/** What a one-time code leaves behind: sent into a box, read there and typed. */
import { randomBytes } from 'node:crypto';
import type { CatalogueEntry, MethodDeps } from '@segl/identity/method';
import type { CodeChannel } from '@segl/identity/evidence/identity/proofs/one-time-code';
import { otpMethod } from '@segl/identity/methods/otp/method';
import { systemClock } from '@segl/problem/clock';
import { signTask, told, visitor } from '../../test/support/oidc.ts';
import { counter } from './memory.ts';

export async function codeEvidence(channel: CodeChannel): Promise<Buffer> {
  const memory = counter();
  const deps = { clock: systemClock, random: randomBytes, memory: () => memory } as unknown as MethodDeps;
  const entry: CatalogueEntry = {
    ...{ name: `${channel}-otp`, uses: ['sign'], module: 'otp', eid: `${channel}-code`, title: 'A code' },
    ...{ titles: {}, assurance: 'low', attributes: [], options: {} },
  };
  let box = '';
  const send: NonNullable<MethodDeps['messages']['sms']> = async ({ text }) => {
    box = text;
    return { status: 200 };
  };
  const method = otpMethod(entry, 'sign', channel, send, deps);
  const task = signTask({ name: 'Anna Prøve', mobile: '+4512345678', email: 'anna@example.com' });
  const shown = await method.start(task, visitor);
  if (shown.kind !== 'show') throw new Error(told(shown));
  const [code = ''] = /\b\d{6}\b/.exec(box) ?? [];
  const step = await method.continue(task, shown.state, { kind: 'fields', values: { code } }, visitor);
  if (step.kind !== 'done') throw new Error(told(step));
  return Buffer.from(step.evidence[0]!.native);
}
