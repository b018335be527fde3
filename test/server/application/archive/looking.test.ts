/** When archived evidence is looked at, what a look that comes to nothing leaves behind, and what comes from outside. */
import { randomBytes } from 'node:crypto';
import t from 'tap';
import type { ValidationReport } from '@segl/ades/validation/reports/report';
import { generalProblems } from '@segl/problem/problems';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import {
  findPreserved,
  insertPreservation,
  listPreservationEvents,
} from '@segl/server/adapters/postgres/preservation';
import { insertArchived } from '@segl/server/adapters/postgres/sds';
import {
  addPreserved,
  indicationOf,
  preserveDue,
  renewalDue,
  type Validate,
} from '@segl/server/application/archive/preserving';
import { makePdf as makeSignedPdf, type PdfContext } from '@segl/server/application/packaging/make-pdf';
import { serverProblems } from '@segl/server/problems';
import { makePdf } from '../../../support/pdf/pdf.ts';
import { openTestApplication } from '../../../support/server/services.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LEAD = 90;

const home = await openTestApplication(new Date('2026-11-20T12:00:00Z'));
t.teardown(() => home.close());
const { packaging: context, clock } = home;
const { db, blobs } = context;

async function put(id: string, contentType: string, bytes: Uint8Array, service = 'demo'): Promise<void> {
  const { sha256, size } = await blobs.put(bytes);
  await insertArchived(db, { id, sha256, size, contentType, service, createdAt: clock.now() });
  await insertPreservation(db, id, clock.now());
}
const row = async (id: string) => (await findPreserved(db, id))!;
const clear = () => db.query('delete from archive_documents');
const eventsOf = async (id: string) =>
  (await listPreservationEvents(db, 'demo', new Date(0), 1_000)).filter(({ archiveId }) => archiveId === id);

t.test('a proof is renewed some days before its end, if it has one', async (t) => {
  t.equal(renewalDue(null, LEAD), undefined);
  t.equal(renewalDue(undefined, LEAD), undefined);
  t.same(renewalDue(new Date('2026-04-01T00:00:00Z'), LEAD), new Date('2026-01-01T00:00:00Z'));
});

t.test('what a validation says, in a word', async (t) => {
  t.same(indicationOf(undefined), serverProblems.of('preserve/not-judged'));
  const report = { signatures: [{}], indication: 'INDETERMINATE' } as unknown as ValidationReport;
  t.same(indicationOf({ ...report, signatures: [] }), serverProblems.of('preserve/no-signature'));
  const told = (indication: string) => serverProblems.of('preserve/indication', { indication });
  t.same(indicationOf(report), told('INDETERMINATE'));
  t.same(indicationOf({ ...report, subIndication: 'TRY_LATER' }), told('INDETERMINATE/TRY_LATER'));
});

t.test('what comes from outside is told by its first bytes, and kept with what was said of it', async (t) => {
  const busy: Validate = () => Promise.reject(serverProblems.error('VALIDATION_BUSY'));
  for (const [text, contentType] of [
    ['%PDF-1.7', 'application/pdf'],
    [' \n%PDF-1.7', 'application/pdf'],
    ['x%PDF-1.7', 'application/octet-stream'],
    ['<a/>', 'application/xml'],
    [' <a/>', 'application/xml'],
    ['\u{feff}<a/>', 'application/xml'],
    ['a < b', 'application/octet-stream'],
    ['', 'application/octet-stream'],
  ] as const) {
    const added = await addPreserved(context, 'demo', Buffer.from(text, 'utf8'), busy);
    t.same(added, { archiveId: added.archiveId, contentType }, JSON.stringify(text));
    t.match(await row(added.archiveId), { contentType, level: 'LTA', renewals: 1 });
    const events = await eventsOf(added.archiveId);
    const indication = serverProblems.of('preserve/not-judged');
    t.match(events.map(({ type }) => type).sort(), ['added', 'renewed']);
    t.same(
      events.find(({ type }) => type === 'added')?.detail,
      serverProblems.of('preserve/added', { contentType, indication }),
    );
  }
  const slow: Validate = () => Promise.reject(serverProblems.error('VALIDATION_TOO_LONG'));
  t.equal((await addPreserved(context, 'demo', Buffer.from('x'), slow)).report, undefined);
});

t.test('what cannot be judged or proven is not taken', async (t) => {
  await clear();
  const said = generalProblems.of('foreign/said', { said: 'no' });
  const failing: Validate = () => Promise.reject(generalProblems.error('INTERNAL', { reference: 'x' }));
  await t.rejects(addPreserved(context, 'demo', Buffer.from('x'), failing), { code: 'INTERNAL' });
  const why = serverProblems.error('EVIDENCE_INVALID', { why: said }).problem;
  const mute = {
    ...context,
    timestamper: () => Promise.reject(serverProblems.error('EVIDENCE_INVALID', { why: said })),
  } as unknown as PdfContext;
  const none: Validate = () => Promise.reject(serverProblems.error('VALIDATION_BUSY'));
  await t.rejects(addPreserved(mute, 'demo', Buffer.from('x'), none), {
    ...{ code: 'UNAVAILABLE', params: { what: serverProblems.of('part/preservation', { why }) } },
  });
  t.same(await db.query('select id from archive_documents'), [], 'nothing is left behind');
});

t.test('of two looks at the same file, one renews it', async (t) => {
  await clear();
  await put('plain', 'text/plain', Buffer.from('x'));
  let inner: unknown;
  const beaten: PdfContext = {
    ...context,
    timestamper: async (...asked) => {
      inner ??= await preserveDue(context);
      return context.timestamper(...asked);
    },
  };
  t.same(await preserveDue(beaten), { looked: 1, renewed: 0, failed: 0 });
  t.same(inner, { looked: 1, renewed: 1, failed: 0 });
  t.match(await row('plain'), { level: 'LTA', renewals: 1, failures: 0, problem: null });
  await clear();
});

t.test('a failure is told once, and tried again after ever longer pauses', async (t) => {
  await put('broken', 'application/x-pades', Buffer.from('%PDF-1.7 of a kind'));
  const pauses: number[] = [];
  for (let failures = 1; failures <= 12; failures++) {
    t.same(await preserveDue(context), { looked: 1, renewed: 0, failed: 1 });
    const { problem, dueAt, ...found } = await row('broken');
    t.match(found, { failures, lookedAt: clock.now(), level: null, renewals: 0 });
    t.match(problem, { code: /^(PDF|PADES|EVIDENCE)_INVALID$/ });
    pauses.push((dueAt.getTime() - clock.now().getTime()) / HOUR);
    clock.set(new Date(dueAt.getTime() - 1));
    t.same(await preserveDue(context), { looked: 0, renewed: 0, failed: 0 }, 'not before it is due');
    clock.set(dueAt);
  }
  t.same(pauses, [1, 2, 4, 8, 16, ...Array<number>(7).fill(24)]);
  t.match(await eventsOf('broken'), [{ type: 'failed', detail: (await row('broken')).problem }]);
  t.equal((await eventsOf('broken')).length, 1);
  await clear();
});

t.test(
  'everything that is due is looked at, of one account where one is asked for, while there is time',
  async (t) => {
    for (let index = 0; index < 21; index++) await put(`d${index}`, 'application/x-xades', randomBytes(9));
    await put('o', 'application/x-xades', randomBytes(9), 'other');
    t.same(await preserveDue(context, { forMs: -1 }), { looked: 0, renewed: 0, failed: 0 });
    t.same(await preserveDue(context, { service: 'other' }), { looked: 1, renewed: 0, failed: 1 });
    t.same(
      await preserveDue(context, { forMs: 600_000 }),
      { looked: 21, renewed: 0, failed: 21 },
      'more than a batch',
    );
    await clear();
  },
);

t.test(
  'it is looked at again when it is to be renewed, as often as that takes lead, and not every hour',
  async (t) => {
    const method = { format: 'PAdES', level: 'LT', template: 'standard' } as const;
    const file = IncrementalFile.of(await makePdf(1));
    const originals = [{ title: 'A', contentType: 'application/pdf', sha256: '', file }];
    const pdf = await makeSignedPdf(context, method, { language: 'da', originals, packages: [] });
    await put('pdf', 'application/x-pades', pdf);
    const lookWith = async (preservationLeadDays: number): Promise<number> => {
      await db.query('update preservation set due_at = $1', [clock.now()]);
      const with_ = { ...context, config: { ...context.config, preservationLeadDays } };
      t.same(await preserveDue(with_), { looked: 1, renewed: 0, failed: 0 });
      return ((await row('pdf')).dueAt.getTime() - clock.now().getTime()) / DAY;
    };
    t.equal(await lookWith(LEAD), LEAD);
    t.equal(await lookWith(0), 1);
    const { level, proofUntil, proofBecause } = await row('pdf');
    t.equal(level, 'LT');
    t.match(proofBecause, { code: /^proof\// });
    clock.set(new Date(proofUntil!.getTime() - (LEAD + 10) * DAY));
    t.equal(await lookWith(LEAD), 10);
    clock.set(new Date(proofUntil!.getTime() - LEAD * DAY - HOUR));
    t.equal(await lookWith(LEAD), 1);
    clock.set(new Date(proofUntil!.getTime() - LEAD * DAY));
    await db.query('update preservation set due_at = $1', [clock.now()]);
    const { looked, renewed, failed } = await preserveDue(context);
    t.same([looked, renewed + failed], [1, 1], 'then it is to be renewed');
    await clear();
    clock.set('2026-11-20T12:00:00Z');
  },
);
