/** Signing by OpenID Connect in the app of the signer (CIBA), with the providers of the sandbox: what is taken, and what is not. */
import t from 'tap';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { judgeIdentityEvidence } from '@segl/identity/evidence/identity/judge';
import { readJws } from '@segl/identity/evidence/identity/jws';
import { commitmentHash } from '@segl/identity/evidence/identity/commitment';
import { MAX_ASKED } from '@segl/identity/methods/oidc/in-app';
import type { Step } from '@segl/identity/method';
import { LIES } from '@segl/sandbox/methods/oidc/lies';
import {
  actThere,
  askInApp,
  goThroughInApp,
  pollLater,
  signTask,
  startOidc,
  told,
  visitor,
  type Reach,
} from '../../../support/oidc.ts';

const home = await startOidc(t, (written) => ({
  providers: {
    ...written.providers,
    down: { ...written.providers['idura'], issuer: 'http://localhost:1/oidc/idura' },
  },
  methods: [
    ...written.methods,
    {
      ...{ name: 'nbid-app-high', eid: 'bankid-no', provider: 'idura', uses: ['sign'], assurance: 'high' },
      options: { backchannel: true },
    },
    {
      ...{
        name: 'nbid-known',
        eid: 'bankid-no',
        provider: 'idura',
        uses: ['sign'],
        assurance: 'substantial',
      },
      options: { backchannel: true, asksSigner: false },
    },
    {
      ...{ name: 'phone', eid: 'mitid', provider: 'signicat', uses: ['sign'], assurance: 'substantial' },
      options: { backchannel: true, hint: { parameter: 'login_hint', knownBy: 'phone' } },
    },
    {
      ...{ name: 'ftn-app', eid: 'ftn', provider: 'ftn', uses: ['sign'], assurance: 'substantial' },
      options: { backchannel: true, hint: { parameter: 'login_hint', knownBy: 'national-id' } },
    },
  ],
}));

type Done = Extract<Step, { kind: 'done' }>;
const done = (step: Step): Done => {
  if (step.kind !== 'done') throw new Error(told(step));
  return step;
};
const shown = (step: Step): Extract<Step, { kind: 'show' }> => {
  if (step.kind !== 'show') throw new Error(told(step));
  return step;
};

const DANISH = { nationalId: '140582-2042' };
const NORWEGIAN = { nationalId: '14058200000' };
const SWEDISH = { nationalId: '198205142398' };

/** Another person each time: nobody may be asked as often as these tests ask. */
const forget = async (): Promise<void> => {
  for (const key of ['neb:1405822042', 'idura:14058200000', 'idura:198205142398', 'signicat:1405822042'])
    await home.memory.clear('asked', key);
};
t.beforeEach(forget);

t.test('the right person, with what each provider says of the request', async (t) => {
  const expected = [
    ['mitid-app', DANISH, 'request-object', ['request-own-word']],
    ['nbid-app', NORWEGIAN, 'request', ['request-own-word', 'request-not-named', 'request-not-signed']],
    ['sbid-app', SWEDISH, 'request', ['request-own-word', 'request-not-named', 'request-not-signed']],
    ['mitid-signicat-app', DANISH, 'request', ['request-not-named', 'request-not-signed']],
  ] as const;
  for (const [name, number, request, limits] of expected) {
    const step = done(await goThroughInApp(home, name, signTask(number)));
    t.equal(step.identity.displayName, 'Anna Prøve Æblegård', name);
    const evidence = readIdentityEvidence(step.evidence[0]!.native);
    t.match(evidence, { method: { name, flow: 'backchannel' }, match: { result: 'equal' } });
    t.match(evidence.intent.shown, /^Sign: A promise [A-Z2-7]{8}$/, name);
    const roles = evidence.proofs.map(({ role }) => role).filter((role) => role !== 'userinfo');
    t.same(roles, ['id-token', request, 'acknowledgement'], name);
    t.same(
      evidence.limits.filter((limit) => limit.startsWith('request-')),
      limits,
      name,
    );
    const { at } = step.evidence[0]!;
    const [document] = evidence.commitment.documents;
    const about = {
      sha256: Buffer.from(document!.sha256, 'hex'),
      title: 'A promise',
      mimeType: 'text/plain',
    };
    const { findings } = judgeIdentityEvidence(evidence, { at, document: about });
    const warned = findings
      .filter(({ outcome }) => outcome === 'warning')
      .map(({ problem }) => problem?.code);
    t.same(
      warned,
      [
        ...(limits.some((limit) => limit === 'request-own-word') ? ['backchannel/own-word'] : []),
        ...(limits.some((limit) => limit === 'request-not-named') ? ['backchannel/unnamed'] : []),
      ],
      `${name}: it is told what the provider does not prove`,
    );
  }
});

t.test('the signed request has everything in it, and the provider saw nothing else', async (t) => {
  const { evidence } = done(await goThroughInApp(home, 'mitid-app', signTask(DANISH)));
  const read = readIdentityEvidence(evidence[0]!.native);
  const proof = read.proofs.find(({ role }) => role === 'request-object');
  const { header, claims } = readJws(Buffer.from(proof?.data ?? '', 'base64'));
  t.match(header, { alg: 'RS256', kid: 'segl-1' });
  t.match(claims, {
    iss: 'segl',
    aud: read.method.provider,
    scope: /^openid /,
    nonce: commitmentHash(read.commitment).toString('base64url'),
    login_hint_token: new RegExp(
      `"cpr":"1405822042","referenceTextBody":"${read.intent.shown}","ip":"192.0.2.7"`,
    ),
  });
  for (const name of ['exp', 'iat', 'nbf', 'jti']) t.ok(claims[name], name);
});

/** What each lie is refused for; `done`: the broker has no way to tell it. */
const REFUSALS: Readonly<Record<(typeof LIES)[number], readonly [idura: string, neb: string]>> = {
  nonce: ['challenge id-token/nonce', 'challenge id-token/nonce'],
  'other-order': ['challenge id-token/nonce', 'answers-request backchannel/other-request'],
  'other-person': ['SIGNER_MISMATCH', 'SIGNER_MISMATCH'],
  // whom the order names cannot be told to be the one
  'no-number': ['SIGNER_MISMATCH', 'SIGNER_MISMATCH'],
  'low-level': ['level id-token/level-too-low', 'level id-token/level-too-low'],
  // the claim that tells the eID tells the level too
  'other-eid': ['level id-token/level', 'eid id-token/other-eid'],
  'other-text': ['done', 'done'],
  audience: ['receiver id-token/audience', 'receiver id-token/audience'],
  issuer: ['issuer id-token/issuer', 'issuer id-token/issuer'],
  expired: ['valid-in-time id-token/expired', 'valid-in-time id-token/expired'],
  'old-session': [
    'authenticated-anew id-token/authenticated-before',
    'authenticated-anew id-token/authenticated-before',
  ],
  forged: ['core oidc/response', 'core oidc/response'],
  'old-key': ['core oidc/response', 'core oidc/response'],
  unsigned: ['core oidc/response', 'core oidc/response'],
  simulated: ['no-test id-token/test', 'no-test id-token/test'],
};

for (const [index, name] of ['nbid-app-high', 'mitid-app'].entries()) {
  t.test(`${name}: what the provider says that is not so`, async (t) => {
    const number = index === 0 ? NORWEGIAN : DANISH;
    for (const outcome of LIES) {
      await forget();
      const wanted = REFUSALS[outcome][index]!;
      const how = { outcome, ...(index === 0 && { level: 'high' }) };
      const step = await goThroughInApp(home, name, signTask(number), how);
      t.equal(told(step), / /.test(wanted) ? `NATIVE_SIGNATURE_REFUSED ${wanted}` : wanted, outcome);
    }
  });
}

t.test('another person than the order is for, or a level too low', async (t) => {
  t.equal(told(await goThroughInApp(home, 'mitid-app', signTask(DANISH), { user: 'bo' })), 'SIGNER_MISMATCH');
  const other = { ...DANISH, subjectId: 'another' };
  t.equal(told(await goThroughInApp(home, 'mitid-app', signTask(other))), 'SIGNER_MISMATCH');
  const logOn = { ...signTask(DANISH), documents: [] };
  t.equal(
    told(await goThroughInApp(home, 'mitid-app', logOn, { user: 'bo' }, 'authenticate')),
    'LOGIN_MISMATCH',
  );
  t.equal(told(await goThroughInApp(home, 'mitid-app', logOn, {}, 'authenticate')), 'done');
  t.equal(
    told(await goThroughInApp(home, 'nbid-app-high', signTask(NORWEGIAN), { level: 'substantial' })),
    'NATIVE_SIGNATURE_REFUSED level id-token/level-too-low',
  );
});

t.test('declined, failed, expired: nobody is asked again but on their word', async (t) => {
  for (const [outcome, code] of [
    ['abort', 'access_denied'],
    ['fail', 'transaction_failed'],
    ['time-out', 'expired_token'],
  ] as const) {
    await forget();
    const method = home.method('mitid-app');
    const task = signTask(DANISH);
    const { state, code: shownCode } = await askInApp(method, task);
    t.match(await method.resume!(state), { as: 'poll', code: shownCode });
    await actThere(home, shownCode, { outcome });
    t.equal(told(await pollLater(home, method, task, state)), `cancelled ${code}`);
    t.equal(told(await pollLater(home, method, task, state)), `cancelled ${code}`, 'and it stays so');
    t.match(await method.resume!(state), { as: 'form', text: 'ask', fields: [] });
    const next = shown(await method.continue(task, state, { kind: 'fields', values: {} }, visitor));
    t.match(next, { show: { as: 'poll' } }, 'asked anew');
    t.not(next.show.as === 'poll' && next.show.code, shownCode, 'with another code');
  }
});

t.test('an end that the provider never tells', async (t) => {
  const method = home.method('nbid-app');
  const task = signTask(NORWEGIAN);
  const { state } = await askInApp(method, task);
  const { until } = JSON.parse(state) as { readonly until: number };
  const wait = until + 61_000 - home.clock.now().getTime();
  home.clock.offset += wait;
  t.match(await method.resume!(state), { as: 'form' });
  t.equal(told(await method.continue(task, state, { kind: 'poll' }, visitor)), 'cancelled expired_token');
  home.clock.offset -= wait;
});

t.test('the provider is asked no more often than it allows, and less when it says so', async (t) => {
  const method = home.method('mitid-app');
  const task = signTask(DANISH);
  const asked = await askInApp(method, task);
  t.match(asked.show, { afterMs: 1_000 });
  const early = shown(await method.continue(task, asked.state, { kind: 'poll' }, visitor));
  t.equal(early.state, asked.state, 'too early: nobody was asked');
  t.ok(early.again, 'and nothing is told of it');
  const first = shown(await pollLater(home, method, task, asked.state));
  t.match(first.show, { afterMs: 1_000 });
  // an earlier state: as if the provider were asked at once again
  const hasty = JSON.stringify({ ...(JSON.parse(first.state) as object), nextAt: 0 });
  const slower = shown(await method.continue(task, hasty, { kind: 'poll' }, visitor));
  t.match(slower.show, { afterMs: 6_000 }, 'slow_down adds five seconds');
  await actThere(home, asked.code);
  t.equal(told(await pollLater(home, method, task, slower.state)), 'done');
});

t.test('two polls at once give one signature', async (t) => {
  const method = home.method('mitid-app');
  const task = signTask(DANISH);
  const { state, code } = await askInApp(method, task);
  await actThere(home, code);
  const steps = await Promise.all([1, 2, 3].map(() => pollLater(home, method, task, state)));
  t.same(steps.map(({ kind }) => kind).sort(), ['done', 'show', 'show']);
});

t.test("two polls at once that learn nothing are in nobody's way", async (t) => {
  const method = home.method('mitid-app');
  const task = signTask(DANISH);
  const { state, code } = await askInApp(method, task);
  const steps = await Promise.all([1, 2].map(() => pollLater(home, method, task, state)));
  const later = steps.map((step) => shown(step).state).find((next) => next !== state)!;
  await actThere(home, code);
  t.equal(told(await pollLater(home, method, task, later)), 'done');
});

t.test('approved just before the end, and asked after it', async (t) => {
  const method = home.method('mitid-app');
  const task = signTask(DANISH);
  const { state, code } = await askInApp(method, task);
  await actThere(home, code);
  const { until } = JSON.parse(state) as { readonly until: number };
  const wait = until + 1_000 - home.clock.now().getTime();
  home.clock.offset += wait;
  t.match(await method.resume!(state), { as: 'poll' });
  t.equal(told(await method.continue(task, state, { kind: 'poll' }, visitor)), 'done');
  home.clock.offset -= wait;
});

/** JSON that a provider answers, changed on its way. */
const changing =
  (member: string, change: (answer: Readonly<Record<string, unknown>>) => object): Reach['answer'] =>
  (_, answer) => {
    const told = JSON.parse(Buffer.from(answer.body).toString()) as Readonly<Record<string, unknown>>;
    return member in told ? { ...answer, body: Buffer.from(JSON.stringify(change(told))) } : answer;
  };
const changed = async <T>(answer: Reach['answer'], act: () => Promise<T>): Promise<T> => {
  home.reach.answer = answer;
  try {
    return await act();
  } finally {
    home.reach.answer = undefined;
  }
};

t.test('how often a provider is asked, whatever it says of that', async (t) => {
  const method = home.method('nbid-app');
  const acknowledging = (more: object) => changing('auth_req_id', (told) => ({ ...told, ...more }));
  const asked = (interval: number) =>
    changed(acknowledging({ interval }), () => askInApp(method, signTask(NORWEGIAN)));
  t.match((await asked(0.2)).show, { afterMs: 1_000 }, 'at most once a second');
  t.match((await asked(600)).show, { afterMs: 60_000 }, 'at least once a minute');
  const task = signTask(NORWEGIAN);
  const { state } = await changed(acknowledging({ interval: 40 }), () => askInApp(method, task));
  const pending = shown(await pollLater(home, method, task, state));
  t.match(pending.show, { afterMs: 40_000 }, 'as often as before');
  const late = (error: string) => changing('error', (told) => ({ ...told, error }));
  const slow = await changed(late('slow_down'), () => pollLater(home, method, task, pending.state));
  t.match(shown(slow).show, { afterMs: 45_000 });
  home.reach.away = true;
  const away = shown(await pollLater(home, method, task, shown(slow).state));
  home.reach.away = false;
  t.match(away.show, { afterMs: 60_000 }, 'less often, and not less than once a minute');
  const soon = JSON.stringify({ ...(JSON.parse(away.state) as object), nextAt: 0 });
  const slower = await changed(late('slow_down'), () => pollLater(home, method, task, soon));
  t.match(shown(slower).show, { afterMs: 60_000 });
});

t.test('the next question waits as long as the first did', async (t) => {
  const method = home.method('nbid-app');
  const task = signTask(NORWEGIAN);
  const { state } = await askInApp(method, task);
  const { nextAt } = JSON.parse(state) as { readonly nextAt: number };
  const wait = nextAt + 10 - home.clock.now().getTime();
  home.clock.offset += wait;
  const first = shown(await method.continue(task, state, { kind: 'poll' }, visitor));
  t.not(first.state, state, 'it was asked');
  const soon = shown(await method.continue(task, first.state, { kind: 'poll' }, visitor));
  t.equal(soon.state, first.state, 'and is not asked again at once');
  home.clock.offset -= wait;
});

t.test('an acknowledgement that is none, and an answer without a token', async (t) => {
  const method = home.method('nbid-app');
  const task = signTask(NORWEGIAN);
  const { state: unasked } = shown(await method.start(task, visitor));
  const ask = () => method.continue(task, unasked, { kind: 'fields', values: {} }, visitor);
  for (const more of [{ expires_in: 0 }, { more: 'x'.repeat(2_000) }])
    await t.rejects(
      changed(
        changing('auth_req_id', (told) => ({ ...told, ...more })),
        ask,
      ),
      { code: 'UNAVAILABLE' },
    );
  const { state, code } = await askInApp(method, task);
  await actThere(home, code);
  const without = changing('id_token', ({ id_token: _, ...told }) => told);
  t.equal(told(await changed(without, () => pollLater(home, method, task, state))), 'cancelled server_error');
});

t.test('a token that answered another request', async (t) => {
  const method = home.method('nbid-app');
  const [one, two] = [signTask(NORWEGIAN), signTask(NORWEGIAN)];
  const [first, second] = [await askInApp(method, one), await askInApp(method, two)];
  let answered: Record<string, unknown> = {};
  await actThere(home, first.code);
  const kept = changing('id_token', (told) => (answered = { ...told }));
  t.equal(told(await changed(kept, () => pollLater(home, method, one, first.state))), 'done');
  await actThere(home, second.code);
  t.equal(
    told(
      await changed(
        changing('id_token', () => answered),
        () => pollLater(home, method, two, second.state),
      ),
    ),
    'NATIVE_SIGNATURE_REFUSED replay oidc/token-used',
    'nothing in it says that it was given for the first',
  );
});

t.test('what was refused is not asked after again, and an order that names somebody asks them', async (t) => {
  const method = home.method('mitid-app');
  const task = signTask(DANISH);
  const { state, code } = await askInApp(method, task);
  await actThere(home, code, { user: 'bo' });
  t.equal(told(await pollLater(home, method, task, state)), 'SIGNER_MISMATCH');
  t.match(await method.resume!(state), { as: 'form' });
  t.equal(told(await pollLater(home, method, task, state)), 'cancelled refused');
  const named = home.method('nbid-app');
  const { state: start } = shown(await named.start(signTask(NORWEGIAN), visitor));
  const values = { number: '01010100000' };
  const asked = await named.continue(signTask(NORWEGIAN), start, { kind: 'fields', values }, visitor);
  t.match(shown(asked).show, { as: 'poll' }, 'not whoever is typed');
});

t.test('a request is answered once', async (t) => {
  const method = home.method('mitid-app');
  const task = signTask(DANISH);
  const { state, code } = await askInApp(method, task);
  await actThere(home, code);
  t.equal(told(await pollLater(home, method, task, state)), 'done');
  // as if the process had ended before it could store that: its turn is over
  await home.memory.clear(
    'polling',
    (
      JSON.parse((JSON.parse(state) as { asked: { acknowledgement: string } }).asked.acknowledgement) as {
        auth_req_id: string;
      }
    ).auth_req_id,
  );
  t.equal(
    told(await pollLater(home, method, task, state)),
    'NATIVE_SIGNATURE_REFUSED answers-request oidc/request-used',
  );
  t.match(await method.resume!(state), { as: 'form' }, 'it is signed anew');
});

t.test('a restart of the service while the page waits', async (t) => {
  const task = signTask(DANISH);
  const { state, code } = await askInApp(home.method('mitid-app'), task);
  const waiting = shown(await pollLater(home, home.method('mitid-app'), task, state));
  await home.restart();
  const method = home.method('mitid-app');
  t.match(await method.resume!(waiting.state), { as: 'poll', code });
  await actThere(home, code);
  const step = done(await pollLater(home, method, task, waiting.state));
  t.equal(readIdentityEvidence(step.evidence[0]!.native).intent.code, code, 'what was asked before it');
});

t.test('a new key of the provider', async (t) => {
  for (const name of ['mitid-app', 'mitid-app'])
    t.equal(told(await goThroughInApp(home, name, signTask(DANISH), { outcome: 'roll-over' })), 'done');
});

t.test('a provider that is away while the page waits is waited for', async (t) => {
  const task = signTask(NORWEGIAN);
  const { state, code } = await askInApp(home.method('nbid-app'), task);
  home.reach.away = true;
  const waiting = shown(await pollLater(home, home.method('nbid-app'), task, state));
  home.reach.away = false;
  t.match(waiting.show, { as: 'poll', code, afterMs: 2_000 }, 'asked less often');
  await actThere(home, code);
  t.equal(told(await pollLater(home, home.method('nbid-app'), task, waiting.state)), 'done');
  home.reach.away = true;
  const method = home.method('nbid-app');
  const { state: unasked } = shown(await method.start(task, visitor));
  await t.rejects(method.continue(task, unasked, { kind: 'fields', values: {} }, visitor), {
    code: 'UNAVAILABLE',
  });
  home.reach.away = false;
});

t.test('another document than the one that was asked about', async (t) => {
  const method = home.method('mitid-app');
  const task = signTask(DANISH);
  const { state, code } = await askInApp(method, task);
  await actThere(home, code);
  const [document] = task.documents;
  const other = { ...task, documents: [{ ...document!, read: async () => Buffer.from('Another') }] };
  t.equal(
    told(await pollLater(home, method, other, state)),
    'NATIVE_SIGNATURE_REFUSED binding evidence/other-document',
  );
});

t.test('whom to ask: the order tells, or else the page asks, if it may', async (t) => {
  const method = home.method('nbid-app');
  const task = signTask();
  const start = shown(await method.start(task, visitor));
  t.match(start.show, { as: 'form', text: 'ask-number', fields: [{ name: 'number', required: true }] });
  const typed = (number: string) =>
    method.continue(task, start.state, { kind: 'fields', values: { number } }, visitor);
  t.equal(told(await typed('no number at all')), 'APP_USER_UNREADABLE');
  t.equal(told(await typed('01010100000')), 'APP_USER_UNKNOWN');
  const { state, show } = shown(await typed('140582 00000'));
  await actThere(home, show.as === 'poll' ? (show.code ?? '') : '');
  t.equal(told(await pollLater(home, method, task, state)), 'done');
  t.match(shown(await home.method('nbid-app').start(signTask(NORWEGIAN), visitor)).show, { fields: [] });

  t.equal(told(await home.method('nbid-known').start(signTask(), visitor)), 'APP_USER_MISSING');
  t.equal(told(await home.method('phone').start(signTask(), visitor)), 'APP_USER_MISSING');
  t.match(shown(await home.method('phone').start(signTask({ mobile: '+4512345678' }), visitor)).show, {
    fields: [],
  });
});

t.test('nothing is sent before the signer says so, and nobody is asked too often', async (t) => {
  const method = home.method('sbid-app');
  const task = signTask(SWEDISH);
  for (let times = 0; times < 20; times++) await method.start(task, visitor);
  for (let times = 0; times < MAX_ASKED; times++) await askInApp(method, signTask(SWEDISH));
  const { state } = shown(await method.start(task, visitor));
  t.equal(
    told(await method.continue(task, state, { kind: 'fields', values: {} }, visitor)),
    'APP_ASKED_TOO_OFTEN',
  );
  t.equal(
    await home.memory.counted('asked', 'idura:198205142398'),
    MAX_ASKED,
    'what was not sent counts for nothing',
  );
});

t.test('pressed twice: one request, one code', async (t) => {
  const method = home.method('mitid-app');
  const task = signTask(DANISH);
  const { state, code } = await askInApp(method, task);
  const again = shown(await method.continue(task, state, { kind: 'fields', values: {} }, visitor));
  t.match(again, { again: true, show: { as: 'poll', code } });
});

t.test('a provider that asks nobody in an app', async (t) => {
  const method = home.method('ftn-app');
  const task = signTask({ nationalId: '140582-900X' });
  const { state } = shown(await method.start(task, visitor));
  await t.rejects(method.continue(task, state, { kind: 'fields', values: {} }, visitor), {
    code: 'METHOD_UNSUPPORTED',
  });
  t.equal(await home.memory.counted('asked', 'ftn:140582-900X'), 1, 'where the separator tells the century');
  const entry = (name: string) => home.catalogue.entries.find((one) => one.name === name)!;
  const doctor = async (name: string) => (await home.opened.doctor({ online: true, entry: entry(name) }))[0];
  t.match(await doctor('ftn-app'), { verdict: 'failed', found: { code: 'oidc/no-backchannel' } });
  t.match(await doctor('mitid-app'), { verdict: 'ok', found: { code: 'oidc/backchannel' } });
  t.match(await doctor('mitid'), { verdict: 'ok', found: { code: 'oidc/found' } });
});
