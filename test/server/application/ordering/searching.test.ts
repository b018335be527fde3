/** findTasks and getTaskCount: every field, every operator, and a hundred thousand tasks. */
import t from 'tap';
import type { Account } from '@segl/server/domain/order/account';
import {
  taskFields,
  type Criterion,
  type Paging,
  type TaskField,
} from '@segl/server/domain/order/task-search';
import { textFields } from '@segl/server/domain/order/task-entries';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { setAccount } from '@segl/server/adapters/postgres/accounts/accounts';
import { searchStatement, searchTasks } from '@segl/server/adapters/postgres/orders/task-search';
import {
  anna,
  bo,
  client,
  openTestApplication,
  demo,
  order,
  task,
  type TestApplication,
} from '../../../support/server/services.ts';

const START = new Date('2026-03-02T08:00:00.000Z');
const MANY = 100_000;
const many: Account = { service: 'many' };

let home: TestApplication;
t.before(async () => {
  home = await openTestApplication(START);
});
t.teardown(() => home.close());

const is = (field: TaskField, value: string, more: Partial<Criterion> = {}): Criterion => ({
  field,
  value,
  operator: 'equals',
  caseSensitive: true,
  ...more,
});
const every: Paging = { from: 0, to: 1000, sort: 'task-id', ascending: true };
const find = async (
  criteria: readonly Criterion[],
  more: { from?: Date; to?: Date } = {},
): Promise<string> => {
  const filter = { criteria, ...more };
  const found = await home.tasks.findTasks(demo, filter, every);
  t.equal(await home.tasks.countTasks(demo, filter), found.length, 'counted as many as found');
  return found.map(({ taskId }) => taskId).join(' ');
};

t.test('every field is found, and told', async (t) => {
  const { requestIds } = await home.orders.createRequests(demo, [
    order(
      [
        task('Å', anna, {
          subject: {
            nationalId: anna.cpr,
            firstName: 'Åse',
            lastName: 'Ærlig',
            email: 'Aase@example.com',
            mobile: '+4512345678',
            attributes: [],
          },
          language: 'da',
          daysToLive: 7,
          documentActions: [{ type: 'sign', documentRef: 'doc', sendResultToArchive: true }],
        }),
      ],
      {
        account: 'Sales',
        clientReference: 'Case 42/β',
        sender: { uniqueId: 'sender-1' },
      },
    ),
  ]);
  const requestId = requestIds[0]!;
  home.clock.set('2026-03-02T09:30:00.123Z');
  await home.tasks.setClientStatus(demo, requestId, 'Å', 'Waiting');
  await home.orders.createRequests(demo, [
    order([task('b', bo, { language: 'en' })], { clientReference: 'case 43' }),
  ]);
  const key = await home.portal.open({ requestId, taskId: 'Å', client });
  await home.readAndSign(key, anna);
  const sent = home.portal.sendIn(key);
  while ((await home.orders.getStatus(demo, [requestId]))[0]?.status !== 'completed') {
    await packageTask(home.packaging, { requestId, taskId: 'Å' });
  }
  await sent;
  const [info] = await home.tasks.findTasks(demo, { criteria: [is('task-id', 'Å')] }, every);
  t.match(info, {
    id: /^\d+$/,
    requestId,
    taskId: 'Å',
    documentId: 'doc',
    archiveId: /^[0-9a-z]{58}$/,
    account: 'Sales',
    language: 'da',
    status: 'completed',
    documentDescription: 'A promise',
    mimeType: 'text/plain',
    subjectFirstName: 'Åse',
    subjectLastName: 'Ærlig',
    subjectEmail: 'Aase@example.com',
    subjectNationalId: anna.cpr,
    subjectMobile: '+4512345678',
    created: START,
    lastUpdated: new Date('2026-03-02T09:30:00.123Z'),
    signer: anna.name,
    senderUniqueId: 'sender-1',
    clientReference: 'Case 42/β',
    clientStatus: 'Waiting',
    daysToLive: 7,
  });
  const values: Record<TaskField, string> = {
    id: info!.id,
    'request-id': requestId,
    'task-id': 'Å',
    'document-id': 'doc',
    'archive-id': info!.archiveId!,
    account: 'Sales',
    language: 'da',
    'task-state': 'completed',
    'document-description': 'A promise',
    'mime-type': 'text/plain',
    'subject-first-name': 'Åse',
    'subject-last-name': 'Ærlig',
    'subject-email': 'Aase@example.com',
    'subject-national-id': anna.cpr,
    'subject-mobile': '+4512345678',
    'authentication-type': 'nemid-sign',
    created: '2026-03-02T09:00:00+01:00',
    'last-updated': '2026-03-02T09:30:00.123Z',
    signer: anna.name,
    'sender-unique-id': 'sender-1',
    'client-reference': 'Case 42/β',
    'client-status': 'Waiting',
    'days-to-live': '7',
  };
  t.equal(Object.keys(values).length, 23);
  for (const field of taskFields) {
    const criterion = is(field, values[field]);
    t.match(await find([criterion]), /Å/, `${field} equals`);
    t.notMatch(await find([{ ...criterion, operator: 'not-equals' }]), /Å/, `${field} not-equals`);
    t.notMatch(await find([{ ...criterion, operator: 'less-than' }]), /Å/, `${field} less-than itself`);
    t.notMatch(await find([{ ...criterion, operator: 'greater-than' }]), /Å/, `${field} greater-than itself`);
    const part = field === 'created' ? '03-02T08' : values[field].slice(0, 4);
    t.match(await find([{ ...criterion, operator: 'contains', value: part }]), /Å/, `${field} contains`);
    for (const ascending of [true, false]) {
      const sorted = await home.tasks.findTasks(demo, { criteria: [] }, { ...every, sort: field, ascending });
      t.equal(sorted.length, 2, `sorted by ${field}`);
    }
  }
});

t.test('operators, upper and lower case, and several criteria', async (t) => {
  const loose = { caseSensitive: false };
  t.equal(await find([is('subject-last-name', 'ÆRLIG')]), '');
  t.equal(await find([is('subject-last-name', 'ÆRLIG', loose)]), 'Å', 'not only the letters of English');
  t.equal(await find([is('client-reference', 'CASE', { ...loose, operator: 'contains' })]), 'b Å');
  t.equal(await find([is('client-reference', 'case', { operator: 'contains' })]), 'b');
  t.equal(await find([is('client-reference', 'Case 42', { operator: 'greater-than' })]), 'b Å');
  t.equal(await find([is('client-reference', 'case 43', { operator: 'less-than' })]), 'Å');
  t.equal(
    await find([is('client-status', 'zzz', { operator: 'less-than' })]),
    'Å',
    'none is less than nothing',
  );
  t.equal(await find([is('client-status', 'Waiting', { operator: 'not-equals' })]), 'b', 'none is not it');
  t.equal(await find([is('days-to-live', '7', { operator: 'greater-than' })]), 'b');
  t.equal(await find([is('created', '2026-03-02T09:00:00Z', { operator: 'greater-than' })]), 'b');
  t.equal(await find([is('created', '2026-03-03', { operator: 'less-than' })]), 'b Å');
  t.equal(await find([is('language', 'da'), is('account', 'Sales')]), 'Å');
  t.equal(await find([is('language', 'da'), is('account', 'Other')]), '');
  t.equal(await find([is('client-reference', `'; drop table tasks; --`)]), '');
  t.equal(
    await find([], { from: START, to: new Date(START.getTime() + 1) }),
    'Å',
    'from inclusive, to exclusive',
  );
  t.equal(await find([], { from: new Date(START.getTime() + 1) }), 'b');
  t.equal(await find([is('task-state', 'CREATED', loose)]), 'b');
  home.clock.set('2026-05-01T00:00:00Z');
  t.equal(await find([is('task-state', 'expired')]), 'b', 'even before that is written down');
  t.equal(await find([is('task-state', 'created')]), '');
  t.equal(await find([is('task-state', 'created', { operator: 'not-equals' })]), 'b Å');
  t.same(await home.tasks.findTasks({ service: 'other' }, { criteria: [] }, every), [], "another service's");
});

t.test('paging, newest first unless told otherwise; wrong questions', async (t) => {
  const ids = async (paging: Paging) =>
    (await home.tasks.findTasks(demo, { criteria: [] }, paging)).map(({ taskId }) => taskId);
  t.same(await ids({ from: 0, to: 100 }), ['b', 'Å']);
  t.same(await ids({ from: 1, to: 2 }), ['Å']);
  t.same(await ids({ from: 2, to: 100 }), []);
  t.same(await ids({ from: 0, to: 100, sort: 'client-reference', ascending: true }), ['Å', 'b']);
  const refusal = await home.tasks
    .findTasks(
      demo,
      {
        criteria: [
          is('created', 'yesterday'),
          is('days-to-live', 'many'),
          is('last-updated', '2026-02-30T25:00:00'),
        ],
        from: new Date(2),
        to: new Date(1),
      },
      { from: -1, to: 20_000 },
    )
    .catch((error: unknown) => error);
  t.match(refusal, { code: 'SEARCH_INVALID' });
  for (const problem of [
    /filter\/criteria\[1\]\/value: "yesterday" is no time for created; allowed: a time such as /,
    /filter\/criteria\[2\]\/value: "many" is no number for days-to-live; allowed: whole numbers/,
    /filter\/criteria\[3\]\/value: "2026-02-30T25:00:00" is no time/,
    /filter\/to-date: is before from-date/,
    /from-index: must be 0 or more/,
    /to-index: must be at most from-index \+ 10000/,
  ]) {
    t.match((refusal as Error).message, problem);
  }
});

t.test('what its sender has deleted is deleted, be it that evidence is still being made', async (t) => {
  const clientReference = 'closing';
  const { requestIds } = await home.orders.createRequests(demo, [
    order([task('c', anna), task('d', bo)], { clientReference }),
  ]);
  const key = await home.portal.open({ requestId: requestIds[0]!, taskId: 'c', client });
  await home.readAndSign(key, anna);
  const sent = home.portal.sendIn(key);
  const { db } = home.application.context;
  for (;;) {
    const [row] = await db.query<{ state: string }>("select state from tasks where task_id = 'c'");
    if (row?.state === 'sent-in') break;
  }
  await home.orders.deleteRequests(demo, requestIds);
  const told = async () => {
    const statuses = await home.orders.getStatus(demo, requestIds);
    const found = await home.tasks.findTasks(
      demo,
      { criteria: [is('client-reference', clientReference)] },
      every,
    );
    t.same(
      found.map(({ taskId, status }) => ({ taskId, status })),
      statuses.map(({ taskId, status }) => ({ taskId, status })),
      'as getStatus says',
    );
    return found.map(({ status }) => status);
  };
  const stored = async () =>
    (await db.query<{ state: string }>("select state from tasks where task_id = 'c'"))[0]?.state;
  const state = (operator: Criterion['operator'], value: string) =>
    find([is('client-reference', clientReference), is('task-state', value, { operator })]);
  const look = async (): Promise<void> => {
    t.same(await told(), ['deleted', 'deleted']);
    t.equal(await state('equals', 'deleted'), 'c d');
    t.equal(await state('not-equals', 'deleted'), '');
    t.equal(await state('equals', 'created'), '');
    t.equal(await state('greater-than', 'created'), 'c d');
    const sorted = await home.tasks.findTasks(
      demo,
      { criteria: [] },
      { from: 0, to: 10, sort: 'task-state', ascending: true },
    );
    t.same(
      sorted.map(({ status }) => status),
      sorted.map(({ status }) => status).sort(),
    );
  };
  t.equal(await stored(), 'sent-in');
  await look();
  await packageTask(home.packaging, { requestId: requestIds[0]!, taskId: 'c' });
  await sent;
  t.equal(await stored(), 'deleted');
  await look();
});

/** As many tasks as MANY, one an order, written as the index has them. */
async function fill(): Promise<void> {
  const { db } = home.application.context;
  await setAccount(db, home.clock, many.service, 'secret-of-many');
  await db.query(
    `insert into orders (request_id, service, spec, created_at)
     select 'r' || n, 'many', '{}', timestamptz '2026-01-01' + n * interval '1 minute' from generate_series(1, ${MANY}) n`,
  );
  await db.query(
    `insert into tasks (request_id, task_id, service, position, state, expires_at, last_updated_at, signer, by_signer,
       client_status, by_client_status)
     select 'r' || n, 't' || n, 'many', 0, case when n % 1000 = 0 then 'rejected' else 'completed' end, '2027-01-01',
       timestamptz '2026-01-01' + n * interval '2 minutes', 'Signer ' || n, 'signer ' || n, 'S' || n % 5000, 's' || n % 5000
     from generate_series(1, ${MANY}) n`,
  );
  const values = textFields.map((field) => `'${field}', '${field.toUpperCase()} ' || n`).join(', ');
  const folded = textFields.map((field) => `'${field} ' || n`).join(', ');
  const columns = textFields.map((field) => `by_${field.replaceAll('-', '_')}`).join(', ');
  await db.query(
    `insert into task_index (service, request_id, task_id, document_id, created, days_to_live, texts, ${columns})
     select 'many', 'r' || n, 't' || n, 'doc', timestamptz '2026-01-01' + n * interval '1 minute', n % 3650,
       jsonb_build_object(${values}), ${folded} from generate_series(1, ${MANY}) n`,
  );
  await db.query('analyze tasks, task_index, orders');
}

t.test('a hundred thousand tasks: indexed, not scanned', async (t) => {
  await fill();
  const { db } = home.application.context;
  const now = home.clock.now();
  const plan = async (criteria: readonly Criterion[], paging: Paging): Promise<string> => {
    const { sql, params } = searchStatement(many.service, { criteria }, paging, now);
    const lines = await db.query<Record<string, string>>(`explain ${sql}`, params);
    return lines.map((line) => line['QUERY PLAN']).join('\n');
  };
  const first: Paging = { from: 0, to: 100 };
  const near = (field: TaskField): { equals: string; below: string } => {
    if (field === 'id') return { equals: '500', below: '500' };
    if (field === 'days-to-live') return { equals: '17', below: '17' };
    if (field === 'created' || field === 'last-updated') {
      return { equals: '2026-01-01T02:00:00Z', below: '2026-01-01T02:00:00Z' };
    }
    if (field === 'task-state') return { equals: 'rejected', below: 'completed' };
    if (field === 'request-id') return { equals: 'r77', below: 'r10' };
    if (field === 'signer') return { equals: 'Signer 77', below: 'Signer 100' };
    if (field === 'client-status') return { equals: 'S77', below: 'S10' };
    return { equals: `${field.toUpperCase()} 77`, below: `${field.toUpperCase()} 100` };
  };
  for (const field of taskFields) {
    const { equals, below } = near(field);
    for (const caseSensitive of [true, false]) {
      const strict = field === 'request-id' || field === 'task-state' || caseSensitive;
      const equal = is(field, equals, { caseSensitive: strict });
      t.notMatch(await plan([equal], first), /Seq Scan/, `${field} equals`);
      const range = is(field, below, { operator: 'less-than', caseSensitive: strict });
      t.notMatch(await plan([range], first), /Seq Scan/, `${field} less-than`);
    }
    const search = {
      service: many.service,
      filter: { criteria: [is(field, equals)] },
      paging: first,
      now,
      seconds: 10,
    };
    t.not((await searchTasks(db, search))?.length, 0, `${field} is found`);
    if (field === 'task-state') continue; // six values: whoever wants all of them in order reads all of them
    t.notMatch(await plan([], { ...first, sort: field, ascending: true }), /Seq Scan/, `sorted by ${field}`);
  }
  t.notMatch(await plan([is('task-state', 'deleted')], first), /Seq Scan/, 'what is deleted');
  t.notMatch(await plan([], first), /Seq Scan/, 'the newest');
  t.equal(await home.tasks.countTasks(many, { criteria: [] }), MANY);
  t.equal(await home.tasks.countTasks(many, { criteria: [is('task-state', 'rejected')] }), MANY / 1000);
  t.equal(await home.tasks.countTasks(demo, { criteria: [] }), 4, 'of one service only');
});

t.test('a search that takes too long is stopped', async (t) => {
  const { db } = home.application.context;
  await t.resolveMatch(
    searchTasks(db, {
      service: many.service,
      filter: {
        criteria: Array.from({ length: 300 }, (_, n) =>
          is('client-reference', `x${n}`, { operator: 'not-equals' }),
        ),
      },
      paging: { from: 0, to: 1, sort: 'signer' },
      now: home.clock.now(),
      seconds: 0.001,
    }),
    undefined,
  );
});
