/** Notifications from the order to the receiver: real mail, text messages and callbacks, with a clock moved by hand. */
import { join } from 'node:path';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { TrappedMail } from '@segl/sandbox/mail/trap';
import type { TrappedSms } from '@segl/sandbox/sms/gateway';
import { abandonDelivery, deliver } from '@segl/server/application/delivery/deliver';
import { expireTasks } from '@segl/server/application/upkeep/expiry';
import { disableNotifications, notifyAdded } from '@segl/server/application/lifecycle/notify';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { describeAccount, type DetailChange } from '@segl/server/application/access/account-details';
import { momentText } from '@segl/server/domain/order/moment-text';
import { PIXEL } from '../../../support/server/scripted-flow.ts';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { createMailer } from '@segl/server/adapters/outbound/mail';
import type { Notification, Schedule } from '@segl/server/domain/order/model';
import { GiveUp, RetryLater } from '@segl/server/adapters/queue/handler';
import { listDeliveries, type DeliveryRow } from '@segl/server/adapters/postgres/work/deliveries';
import { findOrder, listEvents, type OrderRow } from '@segl/server/adapters/postgres/orders/orders';
import { startBackground } from '@segl/workers/main';
import { beginAttempt, finishAttempt, publishDue } from '@segl/server/adapters/postgres/work/jobs';
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

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let home: TestApplication;
const calls: string[] = [];
const receiver: Server = createServer((request, response) => {
  calls.push(request.url ?? '');
  response.writeHead(204).end();
});
let callbackUrl = '';

t.before(async () => {
  home = await openTestApplication(new Date('2026-05-04T08:00:00Z'));
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  callbackUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/cb`;
});
t.teardown(async () => {
  receiver.close();
  await home.close();
});

const trapped = async <T>(path: string): Promise<T> =>
  (await (await fetch(new URL(path, home.application.context.config.smsGatewayUrl))).json()) as T;
const mails = (requestId: string): Promise<TrappedMail[]> =>
  trapped<TrappedMail[]>('/mail/api/messages').then((list) =>
    list.filter(({ text }) => text.includes(requestId)).reverse(),
  );
const texts = (requestId: string): Promise<TrappedSms[]> =>
  trapped<TrappedSms[]>('/sms/api/messages').then((list) =>
    list.filter(({ text }) => text.includes(requestId)).reverse(),
  );
const called = (requestId: string): string[] => calls.filter((url) => url.includes(requestId));

const mail = (id: string, schedules: Schedule[] = [], more: Partial<Notification> = {}): Notification => ({
  ...{ id, type: 'EMAIL', recipient: 'anna@example.com', header: 'Order', message: `${id} \${requestId}` },
  ...{ schedules, ...more },
});
const sms = (id: string, schedules: Schedule[] = []): Notification => ({
  ...{ id, type: 'SMS', recipient: '+45 12 34 56 78', header: 'ignored', message: `${id} \${requestId}` },
  schedules,
});
const url = (id: string, schedules: Schedule[] = []): Notification => ({
  ...{ id, type: 'URL', recipient: `${callbackUrl}?n=${id}`, message: '-' },
  schedules,
});
const created: Schedule = { stateIs: 'created' };

const create = async (...args: Parameters<typeof order>): Promise<string> =>
  (await home.orders.createRequests(demo, [order(...args)])).requestIds[0]!;

/** Does the deliveries that are due by the clock, as publisher and workers would; gives what went wrong. */
async function deliverDue(): Promise<unknown[]> {
  const { db, clock } = home.application.context;
  const context = home.application.delivery;
  const failures: unknown[] = [];
  for (const attempt of await publishDue(db, clock.now(), 1_000)) {
    const lease = await beginAttempt(db, attempt, clock.now());
    const { deliveryId } = lease!.payload as { deliveryId?: string };
    if (deliveryId === undefined) continue;
    await deliver(context, deliveryId, silentLogger).catch((error: unknown) => failures.push(error));
    await finishAttempt(db, lease!, clock.now());
  }
  return failures;
}

async function complete(requestId: string, taskId: string, person = anna): Promise<void> {
  const key = await home.portal.open({ requestId, taskId, client });
  await home.readAndSign(key, person);
  const sent = home.portal.sendIn(key);
  for (let tries = 0; tries < 200; tries++) {
    await packageTask(home.packaging, { requestId, taskId });
    const [row] = (await home.orders.getStatus(demo, [requestId])).filter((info) => info.taskId === taskId);
    if (row?.status === 'completed') break;
  }
  await sent;
}

const rowOf = async (requestId: string): Promise<OrderRow> =>
  (await findOrder(home.application.context.db, requestId))!;
const deliveries = (requestId: string): Promise<DeliveryRow[]> =>
  listDeliveries(home.application.context.db, requestId);
const events = async (requestId: string, taskId: string): Promise<string[]> =>
  (await listEvents(home.application.context.db, requestId, taskId)).map(({ type, data }) =>
    data === undefined ? type : `${type} ${data}`,
  );

t.test('an invitation by mail and text message, with the way to the task', async (t) => {
  const requestId = await create([
    task('a b', anna, {
      notifications: [
        mail('invite', [created], {
          sender: 'Acme A/S <sales@acme.example>',
          header: 'Sign ${taskId}',
          message: 'Dear Anna, sign here: ${taskUrl}',
        }),
        sms('text', [created]),
      ],
    }),
  ]);
  t.same(await deliverDue(), []);
  const [got] = await mails(requestId);
  const { publicUrl } = home.application.context.config;
  t.match(got, {
    subject: 'Sign a b',
    from: '"Acme A/S" <sales@acme.example>',
    envelope: { to: ['anna@example.com'] },
    at: home.clock.now().toISOString(),
  });
  t.equal(
    got?.text.trim(),
    `Dear Anna, sign here: ${publicUrl}/std/docaction/demo?request_id=${requestId}&task_id=a%20b`,
  );
  t.match(await texts(requestId), [{ to: '+4512345678', from: 'Segl', text: `text ${requestId}` }]);
  t.same(await events(requestId, 'a b'), [
    'request-created',
    'notification-sent invite',
    'notification-sent text',
  ]);
});

t.test(
  'what the order leaves out is said in its language and the look of the account; its own words win',
  async (t) => {
    const { db, config } = home.application.context;
    const describe = (change: DetailChange): Promise<void> =>
      describeAccount({ db, clock: home.clock }, 'demo', change);
    const logo = join(t.testdir({ 'logo.png': PIXEL }), 'logo.png');
    const displayName = 'Søn & <Datter> <boss@bank.example>';
    await describe({
      displayName,
      logo,
      contact: 'hej@example.com',
      privacyUrl: 'https://example.com/privacy',
    });
    t.teardown(() => describe({ displayName: '', logo: '', contact: '', privacyUrl: '' }));
    const empty = { header: '', message: ' ' };
    const own = '${signerName}/${senderName}/${title}/${deadline}/${reference}';
    const notifications = [
      mail('invite', [created], empty),
      { ...sms('text', [created]), message: '' },
      mail('reminder', [{ ...created, wait: { days: 1 } }], empty),
      mail('own', [created], { header: 'Own ${title}', message: `${own} <b> https://x.example/?a=1&b=2.` }),
      mail('refused', [{ stateIs: 'rejected' }], empty),
    ];
    const subject = { id: 'x', firstName: 'Anna', lastName: 'Prøve', attributes: [] };
    const about = { notifications, subject, daysToLive: 3, dialog: { title: 'Leje <1>' } };
    const requestId = await create([task('a', anna, about)], { language: 'en', clientReference: 'REF 7' });
    t.same(await deliverDue(), []);
    const all = async (): Promise<TrappedMail[]> =>
      (await trapped<TrappedMail[]>('/mail/api/messages')).filter(({ raw }) => raw.includes('boss@bank'));
    const find = async (wanted: RegExp): Promise<TrappedMail> =>
      (await all()).find((one) => wanted.test(one.subject))!;
    const link = `${config.publicUrl}/std/docaction/demo?request_id=${requestId}&task_id=a`;
    const { expires_at: expiresAt } = (
      await db.query<{ expires_at: Date }>('select expires_at from tasks where request_id = $1', [requestId])
    )[0]!;
    const deadline = momentText(expiresAt, 'en');

    const invite = await find(/^“Leje/);
    t.equal(invite.subject, `“Leje <1>” from ${displayName}`);
    t.match(invite.from, /<segl@[^>]*>$/, 'a name is never an address');
    t.equal(
      invite.text.replaceAll('\r\n', '\n').trim(),
      `Hello Anna Prøve,\n\n${displayName} has sent you “Leje <1>”. Open it here to see what you are asked to do:\n\n${link}\n\nPlease do it by ${deadline}.\n\nReference: REF 7`,
    );
    const html = htmlOf(invite.raw);
    t.match(html, '<html lang="en">');
    t.match(html, 'Søn &amp; &lt;Datter&gt; &lt;boss@bank.example&gt;</div>');
    t.match(html, `href="${link.replaceAll('&', '&amp;')}"`);
    t.match(html, /href="https:\/\/example\.com\/privacy"[^>]*>Privacy notice</);
    t.notMatch(html, /<(?:img|link|script)[^>]*(?:src|href)="(?!cid:)/, 'opening it tells nobody');
    t.match(invite.raw, /^Content-Id: <logo>\r$/im);
    t.match(
      (await trapped<TrappedSms[]>('/sms/api/messages')).find(({ text }) => text.includes(link))?.text,
      `${displayName} has sent you “Leje <1>”. Open it by ${deadline}: ${link}`,
    );

    const mine = await find(/^Own/);
    t.equal(mine.subject, 'Own Leje <1>');
    t.match(
      mine.text,
      `Anna Prøve/${displayName}/Leje <1>/${deadline}/REF 7 <b> https://x.example/?a=1&b=2.`,
    );
    t.match(
      htmlOf(mine.raw),
      /REF 7 &lt;b&gt; <a href="https:\/\/x\.example\/\?a=1&amp;b=2"[^>]*>[^<]*<\/a>\./,
    );

    home.clock.advance(DAY);
    t.same(await deliverDue(), []);
    t.match(await find(/^Reminder: /), { text: /is still waiting for you/ });
    const key = await home.portal.open({ requestId, taskId: 'a', client });
    await home.portal.refuse(key);
    t.same(await deliverDue(), []);
    t.match(await find(/^Refused: /), { text: /has been refused and will not be signed/ });
  },
);

/** The HTML part of a mail, decoded. */
function htmlOf(raw: string): string {
  const part = raw.split(/^--.*$/m).find((one) => /^content-type: text\/html/im.test(one)) ?? '';
  const [head = '', ...body] = part.trim().split('\r\n\r\n');
  const text = body.join('\r\n\r\n');
  if (/base64/i.test(head)) return Buffer.from(text, 'base64').toString();
  const bytes = text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

t.test('reminders come while the task is open, and not after', async (t) => {
  const reminders = [
    mail('reminder', [
      { ...created, wait: { days: 3 } },
      { ...created, wait: { days: 7 } },
    ]),
  ];
  const [open, done] = [
    await create([task('a', anna, { notifications: reminders })]),
    await create([task('a', anna, { notifications: reminders })]),
  ];
  await deliverDue();
  t.same(await mails(open), [], 'not yet');
  home.clock.advance(3 * DAY - 1);
  await deliverDue();
  t.same(await mails(open), [], 'a millisecond before');
  home.clock.advance(1);
  await deliverDue();
  t.equal((await mails(open)).length, 1);
  t.equal((await mails(done)).length, 1);
  await complete(done, 'a');
  home.clock.advance(4 * DAY);
  t.same(await deliverDue(), []);
  t.equal((await mails(open)).length, 2, 'both reminders');
  t.equal((await mails(done)).length, 1, 'none for a task that is completed');
  t.ok((await deliveries(done)).some(({ lapsedAt }) => lapsedAt !== null));
  await deliverDue();
  t.equal((await mails(open)).length, 2, 'each once');
});

t.test('a reminder is not sent for a task past its time, even before that is written down', async (t) => {
  const requestId = await create([
    task('a', anna, { daysToLive: 2, notifications: [sms('late', [{ ...created, wait: { days: 2 } }])] }),
  ]);
  home.clock.advance(2 * DAY);
  await deliverDue();
  t.same(await texts(requestId), []);
});

t.test('a date, a time of day and working days', async (t) => {
  // Friday noon in Copenhagen, before the night in which clocks go back
  home.clock.set('2026-10-23T10:00:00Z');
  const requestId = await create([
    task('a', anna, {
      notifications: [
        mail('monday', [{ ...created, wait: { hours: 12 }, daysOfWeek: 'MON-FRI', timeOfDay: '09:00' }]),
        mail('sunday', [{ ...created, waitUntil: '2026-10-25T02:30:00', timezone: 'Europe/Copenhagen' }]),
      ],
    }),
  ]);
  const due = (await deliveries(requestId)).map(({ notificationId, dueAt }) => [
    notificationId,
    dueAt?.toISOString(),
  ]);
  t.same(due, [
    ['sunday', '2026-10-25T00:30:00.000Z'],
    ['monday', '2026-10-26T08:00:00.000Z'],
  ]);
  home.clock.set('2026-10-26T07:59:59Z');
  await deliverDue();
  t.match(await mails(requestId), [{ text: /^sunday/ }]);
  home.clock.set('2026-10-26T08:00:00Z');
  await deliverDue();
  t.match(await mails(requestId), [{ text: /^sunday/ }, { text: /^monday/ }]);
});

t.test('completed, rejected, expired and deleted, of tasks and of the order', async (t) => {
  const states = (['completed', 'rejected', 'expired', 'deleted'] as const).map((stateIs) => ({ stateIs }));
  const notifications = states.map((state) => url(`task-${state.stateIs}`, [state]));
  const ofOrder = [url('order'), url('order-created', [created])].concat(
    states.map((state) => url(`order-${state.stateIs}`, [state])),
  );
  const fresh = () =>
    create([task('a', anna, { notifications, daysToLive: 30 }), task('b', bo, { daysToLive: 30 })], {
      notifications: ofOrder,
    });
  const [whole, refused, late, gone] = [await fresh(), await fresh(), await fresh(), await fresh()];
  const fired = async (requestId: string): Promise<string[]> => {
    t.same(await deliverDue(), []);
    return called(requestId).map((path) => /n=([\w-]+)/.exec(path)?.[1] ?? path);
  };

  await complete(whole, 'a');
  t.same(await fired(whole), ['order-created', 'task-completed'], 'the order is not complete yet');
  await complete(whole, 'b', bo);
  t.same((await fired(whole)).slice(2), ['order', 'order-completed']);
  t.match(called(whole).at(1), /&requestId=\w{58}&taskId=a$/);
  t.match(called(whole).at(2), /&requestId=\w{58}$/, 'the order has no task id');

  for (const [taskId] of [['a'], ['b']] as const) {
    const key = await home.portal.open({ requestId: refused, taskId, client });
    await home.portal.refuse(key, undefined);
  }
  t.same((await fired(refused)).slice(1), ['task-rejected', 'order-rejected'], 'for two tasks once');

  await home.orders.deleteRequests(demo, [gone]);
  t.same((await fired(gone)).slice(1), ['task-deleted', 'order-deleted']);

  home.clock.advance(31 * DAY);
  await expireTasks(home.application.context);
  t.same((await fired(late)).slice(1), ['task-expired', 'order-expired']);
});

t.test('packaging notifications say how it ended', async (t) => {
  const packaging = {
    id: 'p',
    method: 'pades',
    documents: [{ taskId: 'a', documentId: 'doc' }],
    notifications: [
      url('ended'),
      url('failed', [{ stateIs: 'failed' }]),
      url('completed', [{ stateIs: 'completed' }]),
    ],
  };
  const requestId = await create([task('a', anna)], { packagingTasks: [packaging] });
  const key = await home.portal.open({ requestId, taskId: 'a', client });
  await home.portal.refuse(key, undefined);
  await deliverDue();
  t.match(called(requestId), [/n=ended/, /n=failed/]);
  t.equal(called(requestId).length, 2);
});

t.test('nothing is sent after disableNotification, neither what waits nor what comes', async (t) => {
  const { db, clock } = home.application.context;
  const waiting = { ...created, wait: { days: 1 } };
  const requestId = await create(
    [
      task('a', anna, {
        notifications: [mail('off', [created, waiting]), mail('on', [waiting]), url('later')],
      }),
    ],
    { notifications: [url('off')] },
  );
  await db.transaction((tx) => disableNotifications(tx, clock, requestId, 'a', ['off', 'later']));
  await db.transaction((tx) => disableNotifications(tx, clock, requestId, 'a', ['off']));
  home.clock.advance(DAY);
  t.same(await deliverDue(), []);
  t.match(await mails(requestId), [{ text: /^on/ }]);
  t.equal((await mails(requestId)).length, 1);
  await complete(requestId, 'a');
  await deliverDue();
  t.match(called(requestId), [/n=off/], "the task's is off, the order's of the same id is not");
  t.equal(called(requestId).length, 1);
});

t.test('notifications that are added later', async (t) => {
  const { db, clock } = home.application.context;
  const requestId = await create([task('a', anna)]);
  const add = async (notification: Notification, taskId: string | undefined = 'a'): Promise<void> => {
    const row = await rowOf(requestId);
    await db.transaction((tx) => notifyAdded(tx, clock, row, taskId, notification));
    await deliverDue();
  };
  home.clock.advance(2 * DAY);
  await add(sms('at once'));
  t.match(await texts(requestId), [{ text: /^at once/ }]);
  await add(mail('since creation', [{ ...created, wait: { days: 3 } }]));
  await add(mail('long past', [{ ...created, wait: { days: 1 } }]));
  await add(mail('not so', [{ stateIs: 'rejected' }]));
  t.match(await mails(requestId), [{ text: /^long past/ }]);
  home.clock.advance(DAY);
  await deliverDue();
  t.match(await mails(requestId), [{ text: /^long past/ }, { text: /^since creation/ }]);

  await db.transaction((tx) => disableNotifications(tx, clock, requestId, 'a', ['at once']));
  await add(sms('at once'));
  t.equal((await texts(requestId)).length, 2, 'switched off and added anew: a new one');

  await add(url('hint'), undefined);
  t.match(called(requestId), [/n=hint/], 'a callback: at once');
});

t.test('ids that come twice do not swallow one another', async (t) => {
  const requestId = await create([
    task('a', anna, { notifications: [sms('same', [created]), sms('same', [created])] }),
  ]);
  await deliverDue();
  t.equal((await texts(requestId)).length, 2);
});

t.test('what cannot be delivered is tried again, or given up and written down', async (t) => {
  const { db, clock } = home.application.context;
  const to = (recipient: string) => mail('lost', [created], { recipient });
  const requestId = await create([
    task('a', anna, { notifications: [to('x@refused.example'), to('x@later.example')] }),
    task('b', anna),
  ]);
  const [final, passing] = await deliverDue();
  t.ok(final instanceof GiveUp);
  t.ok(passing instanceof RetryLater);
  const [lost] = await deliveries(requestId);
  t.match(lost, {
    attempts: 1,
    lastError: { code: 'delivery/mail-answered', params: { status: 550 } },
    deliveredAt: null,
  });
  await db.transaction((tx) => abandonDelivery(tx, clock, lost!.id));
  t.same(await events(requestId, 'a'), ['request-created', 'error notification lost could not be delivered']);
  t.same(await events(requestId, 'b'), ['request-created'], 'it is no matter of another task');
});

t.test('what lost its channel is tried again when the settings name one', async (t) => {
  const { delivery } = home.application;
  const requestId = await create([
    task('a', anna, { notifications: [mail('m', [created]), sms('s', [created])] }),
  ]);
  const context = { ...delivery, mailer: undefined, smsGateway: undefined };
  for (const { id, type } of await deliveries(requestId)) {
    const setting = type === 'EMAIL' ? 'SMTP_URL' : 'SMS_GATEWAY_URL';
    const why = { code: 'delivery/not-set', params: { setting } };
    await t.rejects(deliver(context, id, silentLogger), { name: 'RetryLater', ...why, delayMs: 0 });
    const tried = (await deliveries(requestId)).find((one) => one.id === id);
    t.match(tried, { attempts: 1, lastError: why, deliveredAt: null });
  }
  t.same(await deliverDue(), []);
  t.equal((await mails(requestId)).length + (await texts(requestId)).length, 2);
});

t.test('an order is told what is wrong with its notifications', async (t) => {
  const bad = order([
    task('a', anna, {
      notifications: [
        mail('m', [{ ...created, timeOfDay: 'noon' }], { recipient: 'anna@', header: 'a\nb' }),
        { ...sms('s'), recipient: '12345678' },
        { ...url('u'), recipient: '/cb' },
      ],
    }),
  ]);
  const failure = (await home.orders.createRequests(demo, [bad]).catch((error: unknown) => error)) as Error;
  for (const expected of [
    'task[@id="a"]/notification[@notification-id="m"]/recipient: must be one mail address',
    'notification[@notification-id="m"]/header: must be one line',
    'notification[@notification-id="m"]/schedule[1]/time-of-day: "noon" is not understood; allowed: HH:MM',
    'notification[@notification-id="s"]/recipient: must be a telephone number with country code',
    'notification[@notification-id="u"]/recipient: must be an absolute http or https URL',
  ])
    t.ok(failure.message.includes(expected), expected);
});

t.test('a mail server that is dead delays no callback and no text message', async (t) => {
  const silent = createTcpServer((socket) => t.teardown(() => socket.destroy()));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const mailer = createMailer({
    url: `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    from: 'segl@sandbox.example',
    timeoutMs: 6_000,
  });
  const { application } = home;
  const delivery = { ...application.delivery, mailer };
  const background = await startBackground({ ...application, delivery });
  try {
    const many = Array.from({ length: 12 }, (_, n) => mail(`m${n}`, [created]));
    const requestId = await create([
      task('a', anna, { notifications: [...many, url('u', [created]), sms('s', [created])] }),
    ]);
    const started = performance.now();
    while (called(requestId).length === 0 || (await texts(requestId)).length === 0) {
      if (performance.now() - started > 10_000) break;
      await sleep(50);
    }
    t.equal(called(requestId).length, 1);
    t.equal((await texts(requestId)).length, 1);
    const waiting = (await deliveries(requestId)).filter(({ type }) => type === 'EMAIL');
    t.ok(
      waiting.every(({ deliveredAt, attempts }) => deliveredAt === null && attempts === 0),
      'the mails wait',
    );
  } finally {
    silent.close();
    await background.close();
  }
});
