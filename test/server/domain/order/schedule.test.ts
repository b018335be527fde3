/** When notifications are due. The times were worked out by hand from the zones' rules, not with this code. */
import t from 'tap';
import type { Notification, Schedule, TaskState, WireTaskStatus } from '@segl/server/domain/order/model';
import { dueNotifications, orderIs, taskIs, UNSCHEDULED } from '@segl/server/domain/order/notifications';
import { isMailAddress, readMailbox, readPhoneNumber } from '@segl/server/domain/order/recipients';
import { dueAt, MAX_WAIT_MINUTES, scheduleProblems } from '@segl/server/domain/order/schedule';
import { inEnglish } from '../../../support/invalid-values.ts';
import { instantOf, localTime, readTimeZone } from '@segl/server/domain/order/time-zone';

const created = (more: Partial<Schedule>): Schedule => ({ stateIs: 'created', ...more });
const due = (more: Partial<Schedule>, reachedAt: string, now = reachedAt): string =>
  dueAt(created(more), new Date(reachedAt), new Date(now)).toISOString().replace('.000Z', 'Z');

t.test('waits: after the state was reached, and not before a date', (t) => {
  const noon = '2026-05-04T12:00:00Z';
  for (const [schedule, expected] of [
    [{}, noon],
    [{ wait: {} }, noon],
    [{ wait: { minutes: 90 } }, '2026-05-04T13:30:00Z'],
    [{ wait: { days: 2, hours: 3, minutes: 4 } }, '2026-05-06T15:04:00Z'],
    [{ waitUntil: '2026-05-10T08:00:00+02:00' }, '2026-05-10T06:00:00Z'],
    [{ waitUntil: '2026-05-10T08:00:00.1234567-05:00' }, '2026-05-10T13:00:00.123Z'],
    [{ waitUntil: '2026-05-10T08:00:00Z' }, '2026-05-10T08:00:00Z'],
    [{ waitUntil: '2026-05-10T24:00:00Z' }, '2026-05-11T00:00:00Z'],
    [{ waitUntil: '2026-05-10T24:00:00.000Z' }, '2026-05-11T00:00:00Z'],
    [{ waitUntil: ' 2026-05-10T23:59:59.05Z ' }, '2026-05-10T23:59:59.050Z'],
    [{ waitUntil: '2026-12-31T08:00:00.9+14:00' }, '2026-12-30T18:00:00.900Z'],
    [{ waitUntil: '2026-05-01T08:00:00Z' }, noon],
    // without an offset it is local time: Denmark's, or the schedule's zone
    [{ waitUntil: '2026-05-10T08:00:00' }, '2026-05-10T06:00:00Z'],
    [{ waitUntil: '2026-05-10T08:00:00', timezone: 'America/New_York' }, '2026-05-10T12:00:00Z'],
    // both: whichever is later
    [{ wait: { days: 1 }, waitUntil: '2026-05-10T08:00:00Z' }, '2026-05-10T08:00:00Z'],
    [{ wait: { days: 9 }, waitUntil: '2026-05-10T08:00:00Z' }, '2026-05-13T12:00:00Z'],
  ] as const)
    t.equal(due(schedule, noon), expected, JSON.stringify(schedule));
  t.equal(
    due({ wait: { days: 1 } }, noon, '2026-05-09T00:00:00Z'),
    '2026-05-09T00:00:00Z',
    'never in the past',
  );
  t.equal(due({ wait: { days: 1 } }, '2026-03-28T12:00:00Z'), '2026-03-29T12:00:00Z', 'a day is 24 hours');
  t.end();
});

t.test('days of the week and times of day, as people see them', (t) => {
  // a Monday; 14:00 in Copenhagen
  const monday = '2026-05-04T12:00:00Z';
  for (const [schedule, expected] of [
    [{ timeOfDay: '14:00' }, monday],
    [{ timeOfDay: '14:00:01' }, '2026-05-04T12:00:01Z'],
    [{ timeOfDay: '13:59' }, '2026-05-05T11:59:00Z'],
    [{ timeOfDay: ' 14:00:30.999 ' }, '2026-05-04T12:00:30Z'],
    [{ timeOfDay: '14.00.30' }, '2026-05-04T12:00:30Z'],
    [{ timeOfDay: '23:59:59' }, '2026-05-04T21:59:59Z'],
    [{ timeOfDay: '9:00' }, '2026-05-05T07:00:00Z'],
    [{ timeOfDay: '09.00' }, '2026-05-05T07:00:00Z'],
    [{ timeOfDay: '00:00' }, '2026-05-04T22:00:00Z'],
    [{ timeOfDay: '09:00', timezone: 'Asia/Tokyo' }, '2026-05-05T00:00:00Z'],
    [{ timeOfDay: '09:00', timezone: '-03:30' }, '2026-05-04T12:30:00Z'],
    [{ timeOfDay: '17:45', timezone: 'Asia/Kathmandu' }, monday],
    [{ daysOfWeek: 'MON-FRI' }, monday],
    [{ daysOfWeek: 'TUE' }, '2026-05-05T12:00:00Z'],
    [{ daysOfWeek: 'SUN' }, '2026-05-10T12:00:00Z'],
    [{ daysOfWeek: 'MON', timeOfDay: '15:00' }, '2026-05-04T13:00:00Z'],
    [{ daysOfWeek: 'MON', timeOfDay: '08:00' }, '2026-05-11T06:00:00Z'],
    [{ daysOfWeek: 'WED,FRI', timeOfDay: '08:00', wait: { days: 2 } }, '2026-05-08T06:00:00Z'],
    [{ daysOfWeek: 'SAT-SUN', waitUntil: '2026-05-06T10:00:00Z' }, '2026-05-09T10:00:00Z'],
    // 23:00 on Sunday in UTC is Monday in Copenhagen, and still Sunday in New York
    [{ daysOfWeek: 'MON', waitUntil: '2026-05-10T23:00:00Z' }, '2026-05-10T23:00:00Z'],
    [
      { daysOfWeek: 'MON', waitUntil: '2026-05-10T23:00:00Z', timezone: 'America/New_York' },
      '2026-05-11T23:00:00Z',
    ],
  ] as const)
    t.equal(due(schedule, monday), expected, JSON.stringify(schedule));
  t.end();
});

t.test('when clocks change', (t) => {
  for (const [schedule, from, expected, why] of [
    [{ timeOfDay: '09:00' }, '2026-03-28T12:00:00Z', '2026-03-29T07:00:00Z', 'summer time since this night'],
    [{ timeOfDay: '09:00' }, '2026-10-24T12:00:00Z', '2026-10-25T08:00:00Z', 'winter time since this night'],
    [{ timeOfDay: '02:30' }, '2026-03-28T12:00:00Z', '2026-03-29T01:30:00Z', 'left out: 03:30 instead'],
    [{ timeOfDay: '02:00' }, '2026-03-28T12:00:00Z', '2026-03-29T01:00:00Z', 'left out: 03:00 instead'],
    [{ timeOfDay: '01:59:59' }, '2026-03-28T12:00:00Z', '2026-03-29T00:59:59Z', 'the last before it'],
    [{ timeOfDay: '02:30' }, '2026-10-24T12:00:00Z', '2026-10-25T00:30:00Z', 'doubled: the first'],
    [{ timeOfDay: '02:30' }, '2026-10-25T00:30:00Z', '2026-10-25T00:30:00Z', 'the first, to the second'],
    [{ timeOfDay: '02:30' }, '2026-10-25T00:30:01Z', '2026-10-26T01:30:00Z', 'never twice a day'],
    [{ timeOfDay: '03:00' }, '2026-10-24T12:00:00Z', '2026-10-25T02:00:00Z', 'after both'],
    [{ daysOfWeek: 'SUN' }, '2026-03-28T12:00:00Z', '2026-03-29T11:00:00Z', 'the time of day stays'],
    [
      { waitUntil: '2026-03-29T02:30:00' },
      '2026-03-01T00:00:00Z',
      '2026-03-29T01:30:00Z',
      'a local date that is left out',
    ],
    [
      { waitUntil: '2026-10-25T02:30:00+01:00' },
      '2026-03-01T00:00:00Z',
      '2026-10-25T01:30:00Z',
      'an offset says which',
    ],
    [
      { timeOfDay: '02:30', timezone: 'America/New_York' },
      '2026-03-08T05:30:00Z',
      '2026-03-08T07:30:00Z',
      'New York, spring',
    ],
    [
      { timeOfDay: '01:30', timezone: 'America/New_York' },
      '2026-11-01T04:30:00Z',
      '2026-11-01T05:30:00Z',
      'New York, autumn',
    ],
    [
      { timeOfDay: '02:15', timezone: 'Australia/Lord_Howe' },
      '2026-10-03T12:00:00Z',
      '2026-10-03T15:45:00Z',
      'clocks that move by half an hour: 02:45 instead',
    ],
    [
      { timeOfDay: '00:30', timezone: 'Africa/Cairo' },
      '2026-04-23T12:00:00Z',
      '2026-04-23T22:30:00Z',
      'a day that begins at one o’clock: 01:30 instead',
    ],
    [
      { timeOfDay: '12:00', timezone: 'Pacific/Apia', daysOfWeek: 'FRI' },
      '2011-12-29T12:00:00Z',
      '2012-01-05T22:00:00Z',
      'a Friday that a zone left out is none',
    ],
    [
      { timeOfDay: '12:00', timezone: 'Asia/Tokyo' },
      '2026-03-29T02:00:00Z',
      '2026-03-29T03:00:00Z',
      'no change',
    ],
  ] as const)
    t.equal(due(schedule, from), expected, why);
  t.end();
});

t.test('local time and back, at every hour around changes', (t) => {
  for (const [name, from] of [
    ['Europe/Copenhagen', '2026-03-28T00:00:00Z'],
    ['Europe/Copenhagen', '2026-10-24T00:00:00Z'],
    ['America/St_Johns', '2026-03-07T00:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T00:00:00Z'],
    ['Asia/Kathmandu', '2026-01-01T00:00:00Z'],
  ] as const) {
    const zone = readTimeZone(name)!;
    let last = -Infinity;
    for (let minute = 0; minute < 3 * 24 * 60; minute += 15) {
      const instant = new Date(new Date(from).getTime() + minute * 60_000);
      const back = instantOf(zone, localTime(zone, instant));
      // a doubled time comes back as its first
      if (back > instant || (instant.getTime() - back.getTime()) % 1_800_000 !== 0)
        t.fail(`${name} ${instant.toISOString()} → ${back.toISOString()}`);
      if (localTime(zone, back) !== localTime(zone, instant)) t.fail(`${name}: another local time`);
      last = Math.max(last, back.getTime());
    }
    t.ok(last > 0, name);
  }
  t.end();
});

t.test('fractions of a second, and times before 1970', (t) => {
  const zone = readTimeZone('Europe/Copenhagen')!;
  for (const text of ['2026-07-01T12:00:00.999Z', '1969-12-31T12:00:00.001Z', '1960-02-29T23:30:59.500Z']) {
    const instant = new Date(text);
    t.equal(zone.offsetAt(instant), text.startsWith('2026') ? 7_200_000 : 3_600_000, text);
    t.strictSame(instantOf(zone, localTime(zone, instant)), instant);
  }
  t.end();
});

t.test('zones: names in any case and offsets; nothing else', (t) => {
  const at = new Date('2026-07-01T00:00:00Z');
  for (const [text, hours] of [
    ['Europe/Copenhagen', 2],
    ['europe/copenhagen', 2],
    [' Europe/London ', 1],
    ['UTC', 0],
    ['Z', 0],
    ['GMT', 0],
    ['+01:00', 1],
    ['+0100', 1],
    ['-3', -3],
    ['UTC+1', 1],
    ['GMT-03:30', -3.5],
    ['+14:00', 14],
    ['CET', 2],
    ['US/Eastern', -4],
    ['utc', 0],
    ['gmt+2', 2],
    ['z', 0],
    ['-0130', -1.5],
    ['-1:30', -1.5],
    ['+12:45', 12.75],
    ['-14', -14],
    ['+00:59', 59 / 60],
    [' +01:00\n', 1],
  ] as const)
    t.equal(readTimeZone(text)?.offsetAt(at), hours * 3_600_000, text);
  for (const text of [
    '',
    'Europe/Kopenhagen',
    '+15:00',
    '+01:60',
    '1',
    'CEST',
    '+1:2',
    'Romance Standard Time',
    '+14:01',
    '-14:01',
    '+15',
    '-15:00',
    '+00:60',
    '+001:00',
    '+01:000',
    '+01:00x',
    'x+01:00',
    'UTC+',
    'UTCZ',
    'UT+1',
    '+-1',
    '+:30',
    '+',
    '/Europe/London',
    '1Europe',
  ])
    t.equal(readTimeZone(text), undefined, text);
  t.end();
});

t.test('days are read generously', (t) => {
  // from a Monday on, which day comes first tells little; all seven are tried
  const days = (daysOfWeek: string): string =>
    [4, 5, 6, 7, 8, 9, 10]
      .map((day) => `2026-05-${String(day).padStart(2, '0')}T12:00:00Z`)
      .map((noon, index) => (due({ daysOfWeek }, noon) === noon ? String(index + 1) : ''))
      .join('');
  for (const [text, expected] of [
    ['MON,TUE', '12'],
    ['mon tue', '12'],
    ['Monday; Tuesday', '12'],
    ['Mon. Wed.', '13'],
    ['MON-FRI', '12345'],
    ['monday - friday', '12345'],
    ['1-7', '1234567'],
    ['1,3,5', '135'],
    ['12345', '12345'],
    ['SAT,7', '67'],
    ['FRI-MON', '1567'],
    ['WEDNES', '3'],
    ['MON-WED, SUN', '1237'],
    ['MON,,TUE', '12'],
    [' MON ', '1'],
    ['MON-MON', '1'],
    ['71', '17'],
    ['6-6', '6'],
    ['Sun., Mon.', '17'],
    ['THU  -  SAT', '456'],
  ] as const)
    t.equal(days(text), expected, text);
  t.end();
});

t.test('what cannot be understood is named', (t) => {
  const problems = (more: Partial<Schedule>): string[] => inEnglish(scheduleProblems(created(more)));
  t.same(
    problems({
      wait: { days: 30, hours: 0 },
      waitUntil: '2026-05-04T09:00:00+02:00',
      daysOfWeek: 'MON-FRI',
      timeOfDay: '09:00',
      timezone: 'Europe/Copenhagen',
    }),
    [],
  );
  for (const daysOfWeek of [
    'MO',
    'MON-',
    '-MON',
    '0',
    '8',
    '18',
    '81',
    '12345678',
    '1x',
    'x1',
    'MON-TUE-WED',
    'mandag',
    'amonday',
    'Mon.day',
    ',',
    '',
    '1-8',
    '8-1',
    'MON TUE xyz',
  ])
    t.match(problems({ daysOfWeek }), [
      `days-of-week: "${daysOfWeek}" is not understood; allowed: MON to SUN`,
    ]);
  for (const timeOfDay of [
    '24:00',
    '9',
    '',
    '09:60',
    '09:00:60',
    '09:00Z',
    'x09:00',
    '009:00',
    '09:000',
    '09:00:0',
    '09:00:000',
    '09:00:00.',
    '09:00:00.x',
    '09:00.5.5',
    '09-00',
    'noon',
    '9:0',
  ])
    t.match(problems({ timeOfDay }), [`time-of-day: "${timeOfDay}" is not understood; allowed: HH:MM`]);
  for (const waitUntil of [
    '2026-02-30T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-05-00T00:00:00Z',
    '2026-05-32T00:00:00Z',
    '2026-13-01T00:00:00Z',
    'tomorrow',
    '2026-05-04',
    'x2026-05-04T00:00:00Z',
    '12026-05-04T00:00:00Z',
    '2026-05-04T00:00:00ZZ',
    '2026-05-04T00:00:00.Z',
    '2026-05-04T00:00:00+1:00',
    '2026-05-04T00:00:00+01:000',
    '2026-05-04T00:00:00+15:00',
    '2026-05-04T00:00:00+01:60',
    '2026-05-04T25:00:00Z',
    '2026-05-04T24:00:00.001Z',
    '2026-05-04T24:00:01Z',
    '2026-05-04T24:01:00Z',
    '2026-05-04T00:60:00Z',
    '2026-05-04T00:00:60Z',
    '2026-5-04T00:00:00Z',
    '2026-05-4T00:00:00Z',
    '2026-05-04T0:00:00Z',
    '2026-05-04T00:0:00Z',
    '2026-05-04T00:00:0Z',
  ])
    t.match(problems({ waitUntil }), [`wait-until: "${waitUntil}" is not understood`]);
  t.match(problems({ timezone: 'Mars/Olympus' }), ['timezone: "Mars/Olympus" is not understood']);
  t.match(problems({ wait: { days: -1 } }), ['wait: must be 0 minutes to 3650 days']);
  t.match(problems({ wait: { days: 4000 } }), ['wait: must be']);
  for (const wait of [{ hours: -1 }, { minutes: -1 }, { days: 1, hours: -1 }, { days: 3650, minutes: 1 }])
    t.strictSame(scheduleProblems(created({ wait })), [
      { element: 'wait', problem: { code: 'schedule/wait', params: {} } },
    ]);
  for (const wait of [{}, { days: 3650 }, { days: 0, hours: 0, minutes: 0 }, { minutes: MAX_WAIT_MINUTES }])
    t.strictSame(problems({ wait }), []);
  t.strictSame(
    scheduleProblems(created({ timezone: 'x', waitUntil: 'y', daysOfWeek: 'z', timeOfDay: 'v' })),
    [
      { element: 'timezone', problem: { code: 'schedule/timezone', params: { text: 'x' } } },
      { element: 'wait-until', problem: { code: 'schedule/wait-until', params: { text: 'y' } } },
      { element: 'days-of-week', problem: { code: 'schedule/days-of-week', params: { text: 'z' } } },
      { element: 'time-of-day', problem: { code: 'schedule/time-of-day', params: { text: 'v' } } },
    ],
  );
  t.equal(problems({ timezone: 'x', timeOfDay: 'y', daysOfWeek: 'z' }).length, 3, 'all at once');
  t.end();
});

const notification = (id: string, schedules: Schedule[] = []): Notification => ({
  id,
  type: 'URL',
  recipient: 'https://example.com/',
  message: '-',
  schedules,
});

t.test('which notifications a state sets off', (t) => {
  const now = new Date('2026-05-04T12:00:00Z');
  const list = [
    notification('plain'),
    notification('invitation', [{ stateIs: 'created' }]),
    notification('both', [{ stateIs: 'created' }, { stateIs: 'completed' }]),
    notification('reminders', [
      { stateIs: 'created', wait: { days: 7 } },
      { stateIs: 'created', wait: { days: 14 } },
      { stateIs: 'created', wait: { hours: 168 } },
    ]),
    notification('plain'),
  ];
  const fired = (state: Schedule['stateIs']) =>
    dueNotifications(list, state, { reachedAt: now, now, unscheduled: state === 'completed' }).map(
      ({ notification, occasion, dueAt }) =>
        `${notification.id}, ${occasion}, ${dueAt?.toISOString().slice(0, 10) ?? 'now'}`,
    );
  t.same(fired('created'), [
    'invitation, schedule 1, now',
    'both, schedule 1, now',
    'reminders, schedule 1, 2026-05-11',
    'reminders, schedule 2, 2026-05-18',
  ]);
  t.same(fired('completed'), [
    'plain, unscheduled, now',
    'both, schedule 2, now',
    'plain, unscheduled of 2, now',
  ]);
  t.same(fired('rejected'), []);
  t.end();
});

t.test('what is set off is told once, under a name of its own', (t) => {
  const reachedAt = new Date('2026-05-04T12:00:00Z');
  const now = new Date('2026-05-04T13:00:00Z');
  t.equal(UNSCHEDULED, 'unscheduled');
  const list = [
    notification('a'),
    notification('b', [
      { stateIs: 'completed' },
      { stateIs: 'created', wait: { minutes: 30 } },
      { stateIs: 'created', wait: { minutes: 60 } },
      { stateIs: 'created', wait: { minutes: 61 } },
    ]),
    notification('a'),
    notification('b', [{ stateIs: 'created', wait: { hours: 2 } }]),
    notification('a'),
  ];
  const due = (unscheduled: boolean) =>
    dueNotifications(list, 'created', { reachedAt, now, unscheduled }).map((one) => [
      list.indexOf(one.notification),
      one.occasion,
      one.dueAt,
    ]);
  const scheduled = [
    [1, 'schedule 2', null],
    [1, 'schedule 4', new Date('2026-05-04T13:01:00Z')],
    [3, 'schedule 1 of 2', new Date('2026-05-04T14:00:00Z')],
  ];
  t.strictSame(due(false), scheduled, 'what would have been due is due now, and once');
  t.strictSame(due(true), [
    [0, 'unscheduled', null],
    ...scheduled.slice(0, 2),
    [2, 'unscheduled of 2', null],
    scheduled[2],
    [4, 'unscheduled of 3', null],
  ]);
  t.end();
});

t.test('every state, of a task and of an order', (t) => {
  const wire: readonly WireTaskStatus[] = [
    'created',
    'completed',
    'rejected',
    'expired',
    'deleted',
    'failed',
  ];
  const states: readonly TaskState[] = [...wire, 'sent-in'];
  for (const state of states)
    t.strictSame(
      wire.filter((one) => taskIs(one, state)),
      state === 'sent-in' ? [] : [state],
      state,
    );
  const isOf = (standing: Parameters<typeof orderIs>[1]): WireTaskStatus[] =>
    wire.filter((state) => orderIs(state, standing));
  const open = { deleted: false, completed: false };
  for (const tasks of [
    ['created'],
    ['created', 'sent-in'],
    ['created', 'completed'],
    ['created', 'deleted'],
  ] as const)
    t.ok(isOf({ ...open, tasks }).includes('created'), tasks.join());
  for (const state of ['rejected', 'expired', 'failed'] as const)
    t.strictSame(isOf({ ...open, tasks: ['created', state] }), [state]);
  t.strictSame(isOf({ ...open, tasks: ['sent-in'] }), [], 'nobody has to act');
  t.strictSame(isOf({ ...open, tasks: [] }), []);
  t.strictSame(isOf({ deleted: false, completed: true, tasks: ['completed'] }), ['completed']);
  t.strictSame(isOf({ deleted: true, completed: true, tasks: ['created', 'rejected'] }), ['deleted']);
  t.end();
});

t.test('what is still so when a delivery is due', (t) => {
  t.ok(taskIs('created', 'created'));
  t.notOk(taskIs('created', 'sent-in'), 'the signer is done');
  t.ok(taskIs('expired', 'expired'));
  const standing = { deleted: false, completed: false };
  t.ok(orderIs('created', { ...standing, tasks: ['completed', 'created'] }));
  t.notOk(
    orderIs('created', { ...standing, tasks: ['rejected', 'created'] }),
    'it cannot be completed any more',
  );
  t.notOk(orderIs('created', { ...standing, tasks: ['completed'] }), 'nobody has to act');
  t.ok(orderIs('rejected', { ...standing, tasks: ['rejected', 'created'] }));
  t.ok(orderIs('completed', { deleted: false, completed: true, tasks: ['completed'] }));
  t.notOk(orderIs('completed', { deleted: true, completed: true, tasks: ['deleted'] }));
  t.ok(orderIs('deleted', { deleted: true, completed: false, tasks: ['deleted'] }));
  t.end();
});

t.test('recipients', (t) => {
  for (const good of ['a@b', 'anna.larsen+x@example.com', "o'neil@exa-mple.co.uk", 'æ@søborg.dk', '1@2.3'])
    t.ok(isMailAddress(good), good);
  const label = 'd'.repeat(63);
  const longest = `${'a'.repeat(64)}@${label}.${label}.${'d'.repeat(61)}`;
  t.equal(longest.length, 254);
  t.ok(isMailAddress(longest));
  for (const bad of [
    `${longest}d`,
    `a@${label}d`,
    `a@${label}.${label}d.dk`,
    'a@b-',
    'a@b-.dk',
    'a@b..c',
    ' a@b',
    'a@b ',
  ])
    t.notOk(isMailAddress(bad), bad);
  for (const good of ["!#$%&'*+/=?^_`{|}~-.@b", `a@${label}`, 'a@b-c', 'a@1.2', 'a@b.c.d'])
    t.ok(isMailAddress(good), good);
  const tooLong = `${'a'.repeat(65)}@example.com`;
  for (const bad of [
    '',
    'a',
    '@b',
    'a@',
    'a@b.',
    'a b@c',
    'a@b,c@d',
    '<a@b>',
    'a@-b',
    'a\n@b',
    'a@b@c',
    tooLong,
  ])
    t.notOk(isMailAddress(bad), JSON.stringify(bad));
  t.same(readMailbox('Acme A/S <sales@example.com>'), { name: 'Acme A/S', address: 'sales@example.com' });
  t.same(readMailbox('"Acme, Inc." <sales@example.com>'), {
    name: 'Acme, Inc.',
    address: 'sales@example.com',
  });
  t.same(readMailbox(' sales@example.com '), { name: '', address: 'sales@example.com' });
  t.same(readMailbox(' Acme < sales@example.com > '), { name: 'Acme', address: 'sales@example.com' });
  t.same(readMailbox('<a@b>'), { name: '', address: 'a@b' });
  t.same(readMailbox('a"b" <a@b>'), { name: 'a"b"', address: 'a@b' }, 'only whole names are in quotes');
  t.same(readMailbox('"a" b <a@b>'), { name: '"a" b', address: 'a@b' });
  for (const bad of [
    '',
    'Acme',
    'a <b>',
    'a@b <c@d> e',
    'x\r\nBcc: y <a@b>',
    'x\u0000 <a@b>',
    'x <<a@b>',
    'x <a@b>>',
    'x> <a@b>',
    'x <a@b',
    'x a@b>',
  ])
    t.equal(readMailbox(bad), undefined, bad);

  for (const [text, number] of [
    ['+4512345678', '+4512345678'],
    ['+45 12 34 56 78', '+4512345678'],
    ['0045 12345678', '+4512345678'],
    ['+1 (212) 555-0100', '+12125550100'],
    ['+47.900.00.000', '+4790000000'],
    [' +45/1234-5678 ', '+4512345678'],
    ['+1234567', '+1234567'],
    ['+123456789012345', '+123456789012345'],
  ] as const)
    t.equal(readPhoneNumber(text), number, text);
  for (const bad of [
    '12345678',
    '+0123456789',
    '+45',
    '+451234567890123456',
    '+45 abc',
    '',
    'tel:+4512345678',
    '+123456',
    '+1234567890123456',
    '+45123456x',
    '00 0123456789',
    '+0045123456',
    '045123456',
    '++4512345678',
    '+45_12345678',
  ])
    t.equal(readPhoneNumber(bad), undefined, bad);
  t.end();
});
