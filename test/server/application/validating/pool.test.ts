/** Threads that judge files: how many at once, who waits, for how long, and what is asked from inside of one. */
import { mock } from 'node:test';
import t from 'tap';
import { adesProblems } from '@segl/ades/problems';
import type { AskStatus } from '@segl/ades/validation/status';
import { pkiProblems } from '@segl/pki/problems';
import type { ValidationReport } from '@segl/ades/validation/reports/report';
import { SHIPPED_CALENDAR } from '@segl/pki/algorithms/algorithm-constraints';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '@segl/server/problems';
import {
  MAX_PER_CALLER,
  MAX_RUNNING,
  MAX_WAITING,
  VALIDATION_TIMEOUT_MS,
  ValidationPool,
  type PooledRequest,
} from '@segl/server/application/validating/pool';
import { createEvidence } from '../../../support/signatures/evidence.ts';
import { concluded, createFiles, MADE } from '../../../support/signatures/validation.ts';

const files = createFiles();
const bytes = await files.xades('B');

const openPool = (ask: AskStatus): ValidationPool =>
  new ValidationPool({ algorithms: SHIPPED_CALENDAR, methods: ['nemid'], trust: files.trust, ask });
const request: PooledRequest = { bytes, at: MADE, offline: false };
const busy = { code: 'VALIDATION_BUSY' };

/** A file whose status is told once the gate is opened. */
function gated() {
  let open = (): void => undefined;
  let come = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const asked = new Promise<void>((resolve) => (come = resolve));
  const ask: AskStatus = async (...about) => {
    come();
    await opened;
    return files.ask(...about);
  };
  return { ask, open, asked };
}

t.test('what ends a thread is thrown on, and leaves the place to others', async (t) => {
  const settings = { algorithms: SHIPPED_CALENDAR, trust: files.trust, ask: files.ask };
  const pool = new ValidationPool({ ...settings, methods: ['nobody-knows-it'] });
  t.teardown(() => pool.close());
  for (let times = 0; times <= MAX_PER_CALLER; times++) {
    await t.rejects(pool.validate({ ...request, caller: 'one' }), { code: 'CONFIG_INVALID' });
  }
});

t.test('what takes too long is ended', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const first = gated();
  const pool = openPool(first.ask);
  let outcome: unknown;
  const judged = pool.validate(request).catch((error: unknown) => (outcome = error));
  await first.asked;
  mock.timers.tick(VALIDATION_TIMEOUT_MS - 1);
  await new Promise(setImmediate);
  t.equal(outcome, undefined, 'not yet');
  mock.timers.tick(1);
  await judged;
  t.match(outcome, { code: 'VALIDATION_TOO_LONG' });

  const second = gated();
  const closed = t.rejects(pool.validate({ ...request, ask: second.ask }), { code: 'VALIDATION_TOO_LONG' });
  await second.asked;
  await pool.close();
  await closed;
});

t.test('second opinions stand with what they are on, in attached packages too', async (t) => {
  const evidence = await createEvidence();
  const pool = new ValidationPool({
    ...{ algorithms: SHIPPED_CALENDAR, methods: ['nemid'], ask: files.ask },
    trust: { ...files.trust, seal: evidence.trust.sealAnchors, tsa: evidence.trust.tsaAnchors },
  });
  t.teardown(() => pool.close());
  const outcomes = ({ signatures }: ValidationReport): unknown[] =>
    signatures.map(({ id, secondOpinion }) => [id, secondOpinion?.outcome]);
  const carrier = await evidence.sealPdf(await evidence.seal(evidence.content));
  const { report } = await pool.validate({ ...request, bytes: carrier, offline: true });
  t.same(outcomes(report), [['signature-1', undefined]], 'it is one on XML');
  t.same(
    report.parts.map((part) => outcomes(part.report)),
    [
      [
        ['signature-1', 'valid'],
        ['signature-2', 'unable'],
      ],
    ],
  );
});

t.test('a thread is told what was learned outside of it', async (t) => {
  const judged = async (ask: AskStatus, more: Partial<PooledRequest> = {}) => {
    const pool = openPool(ask);
    t.teardown(() => pool.close());
    const { report } = await pool.validate({ ...request, ...more });
    const { checks, path } = report.signatures[0]!;
    return {
      concluded: concluded(report),
      problem: checks.find(({ check }) => check === 'revocation')?.problem,
      status: path[0]?.status,
    };
  };
  const subject = 'Signer P-256';
  const asked = { from: 'asked', thisUpdate: MADE } as const;
  t.same(await judged(files.ask), {
    concluded: 'TOTAL-PASSED',
    problem: adesProblems.of('status/told', { subject, source: 'ocsp' }),
    status: { status: 'good', source: 'ocsp', ...asked },
  });

  const revokedAt = new Date(MADE.getTime() - 1_000);
  const revoked = { status: 'revoked', revokedAt, reason: 'keyCompromise', source: 'crl' } as const;
  t.same(await judged(async () => ({ ...revoked, url: 'http://crl.example' })), {
    concluded: 'INDETERMINATE/REVOKED_NO_POE',
    problem: adesProblems.of('status/revoked-unproven', {
      subject,
      when: pkiProblems.of('status/revoked-at', { at: revokedAt }),
    }),
    status: { ...revoked, ...asked },
  });

  const unknown = (why: Problem) => ({
    concluded: 'INDETERMINATE/TRY_LATER',
    problem: adesProblems.of('status/untold', { subject, why }),
    status: undefined,
  });
  const silent = adesProblems.of('status/issuer-does-not-know');
  t.same(await judged(files.ask, { ask: async () => ({ problem: silent }) }), unknown(silent));
  const refusal = serverProblems.error('VALIDATION_BUSY');
  t.same(await judged(() => Promise.reject(refusal)), unknown(refusal.problem));
  const other = await judged(() => Promise.reject(new Error('something else')));
  t.same(other, unknown(adesProblems.of('status/cannot-be-asked')));
  const offline = await judged(files.ask, { offline: true });
  t.same(offline, unknown(adesProblems.of('status/no-answer')));
});

t.test('a few run at once, others wait in order; so many are taken, and of one caller fewer', async (t) => {
  const pool = openPool(files.ask);
  t.teardown(() => pool.close());
  const [begun, done]: [number[], number[]] = [[], []];
  let [count, most] = [0, 0];
  const take = (caller?: string) => {
    const index = count++;
    const { ask, open, asked } = gated();
    void asked.then(() => {
      begun.push(index);
      most = Math.max(most, begun.length - done.length);
    });
    const judged = pool.validate({ ...request, ask, ...(caller !== undefined && { caller }) });
    const end = async (): Promise<void> => {
      await asked;
      open();
      t.equal((await judged).report.indication, 'TOTAL-PASSED');
      done.push(index);
    };
    return { asked, end };
  };
  const refused = async (caller: string | undefined, why: string): Promise<void> => {
    await t.rejects(pool.validate({ ...request, ...(caller !== undefined && { caller }) }), busy, why);
  };

  const taken = Array.from({ length: MAX_PER_CALLER }, () => take('one'));
  await refused('one', 'too many of its own');
  taken.push(take('another'));
  while (taken.length < MAX_RUNNING + MAX_WAITING) taken.push(take());
  await refused(undefined, 'too many that wait');
  await refused('third', 'too many that wait, whoever asks');
  await Promise.all(taken.slice(0, MAX_RUNNING).map(({ asked }) => asked));
  await taken[0]!.end();
  taken.push(take('one'));
  await refused('one', 'one place became free, and one only');
  for (const { end } of taken.slice(1)) await end();
  t.same(done, [...taken.keys()]);
  t.same(begun.slice(MAX_RUNNING), done.slice(MAX_RUNNING), 'first come, first served');

  for (const { end } of Array.from({ length: MAX_RUNNING + 1 }, () => take('one'))) await end();
  t.equal(most, MAX_RUNNING, 'and so it goes on');
});
