/** Signing by OpenID Connect, with the providers of the sandbox: what is taken, and everything that is not. */
import t from 'tap';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import type { Step } from '@segl/identity/method';
import { LIES } from '@segl/sandbox/methods/oidc/lies';
import { act, goThrough, signTask, startOidc, told, visitor } from '../../../support/oidc.ts';

const home = await startOidc(t, (written) => ({
  ...written,
  methods: [
    ...written.methods,
    { name: 'mitid-high', eid: 'mitid', provider: 'idura', uses: ['sign'], assurance: 'high' },
    { name: 'mitid-neb-high', eid: 'mitid', provider: 'neb', uses: ['sign'], assurance: 'high' },
  ],
}));

type Done = Extract<Step, { kind: 'done' }>;
const done = (step: Step): Done => {
  if (step.kind !== 'done') throw new Error(told(step));
  return step;
};

const NAMES = [
  'mitid',
  'mitid-idura',
  'mitid-signicat',
  'mitid-business',
  'sbid',
  'nbid',
  'freja',
  'idin',
  'ftn',
];

t.test('the right person, by every broker and eID', async (t) => {
  for (const name of NAMES) {
    const step = done(await goThrough(home.method(name), signTask()));
    t.equal(step.identity.displayName, 'Anna Prøve Æblegård', name);
    t.ok(step.identity.subjectId, name);
    const [evidence] = step.evidence;
    const read = readIdentityEvidence(evidence!.native);
    t.match(read, {
      purpose: 'sign',
      method: { name, kind: 'oidc' },
      subject: { displayName: 'Anna Prøve Æblegård' },
    });
    const checks = evidence!.checks.map(({ check }) => check);
    for (const check of ['core', 'challenge', 'issuer', 'receiver', 'level', 'bound', 'identity', 'binding'])
      t.ok(checks.includes(check), `${name}: ${check}`);
  }
});

t.test('what is kept of it', async (t) => {
  const step = done(await goThrough(home.method('mitid'), signTask({ nationalId: '140582-2042' })));
  t.same(step.identity.nationalId, { id: '1405822042', nationality: 'DK', type: 'CPR' });
  t.match(
    step.identity.attributes.filter(({ name }) => /pid|uuid/.test(name)),
    [{ name: 'mitid-uuid' }, { name: 'nemid-pid', value: '9208-2002-2-000000001011' }],
  );
  const { proofs, trust, match, intent, commitment } = readIdentityEvidence(step.evidence[0]!.native);
  t.same(
    proofs.map(({ role }) => role),
    ['id-token', 'userinfo', 'request'],
  );
  t.same(
    trust.map(({ role }) => role),
    ['keys', 'discovery'],
  );
  t.same(match, { rule: 'national-id', result: 'equal' });
  t.ok(intent.shown.length <= 130 && intent.shown.endsWith(intent.code));
  t.match(commitment.documents, [{ id: 'doc', title: 'A promise', size: 28 }]);
});

t.test('encrypted tokens: both forms are kept', async (t) => {
  const step = done(await goThrough(home.method('ftn'), signTask({ nationalId: '140582-900X' })));
  const { proofs } = readIdentityEvidence(step.evidence[0]!.native);
  t.same(
    proofs.map(({ role, mediaType }) => [role, mediaType]),
    [
      ['id-token', 'application/jwt'],
      ['id-token-encrypted', 'application/jose'],
      ['request', 'application/json'],
    ],
  );
});

t.test('the text in the app ends with the code of the page', async (t) => {
  for (const name of ['mitid', 'mitid-idura', 'sbid']) {
    const method = home.method(name);
    const task = signTask();
    const started = await method.start(task, visitor);
    if (started.kind !== 'show' || started.show.as !== 'redirect') throw new Error(started.kind);
    t.match(started.show.code, /^[A-Z2-7]{8}$/);
    const step = done(await goThrough(method, task));
    t.match(
      readIdentityEvidence(step.evidence[0]!.native).intent.shown,
      /^Sign: A promise [A-Z2-7]{8}$/,
      name,
    );
  }
});

/** What each lie is refused for, by broker; `done`: the broker has no way to tell it. */
const REFUSALS: Readonly<Record<(typeof LIES)[number], readonly [idura: string, neb: string]>> = {
  nonce: ['challenge id-token/nonce', 'challenge id-token/nonce'],
  'other-order': ['challenge id-token/nonce', 'challenge id-token/nonce'],
  'other-person': ['SIGNER_MISMATCH', 'SIGNER_MISMATCH'],
  // whom the order names cannot be told to be the one
  'no-number': ['SIGNER_MISMATCH', 'SIGNER_MISMATCH'],
  'low-level': ['level id-token/level-too-low', 'level id-token/level-too-low'],
  'other-eid': ['eid id-token/other-eid', 'eid id-token/other-eid'],
  'other-text': ['text-shown id-token/text', 'done'],
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

for (const [index, name] of ['mitid-idura', 'mitid'].entries()) {
  t.test(`${name}: what the provider says that is not so`, async (t) => {
    for (const outcome of LIES) {
      const wanted = REFUSALS[outcome][index]!;
      const step = await goThrough(home.method(name), signTask({ nationalId: '1405822042' }), { outcome });
      const expected = / /.test(wanted) ? `NATIVE_SIGNATURE_REFUSED ${wanted}` : wanted;
      t.equal(told(step), expected, outcome);
    }
  });
}

t.test('levels are compared by their order, never by being there', async (t) => {
  for (const name of ['mitid-high', 'mitid-neb-high']) {
    for (const level of ['low', 'substantial'])
      t.equal(
        told(await goThrough(home.method(name), signTask(), { level })),
        'NATIVE_SIGNATURE_REFUSED level id-token/level-too-low',
        `${name}: ${level}`,
      );
    t.equal(told(await goThrough(home.method(name), signTask(), { level: 'high' })), 'done', name);
  }
  t.equal(
    told(await goThrough(home.method('mitid'), signTask(), { level: 'high' })),
    'done',
    'more is enough',
  );
  t.equal(told(await goThrough(home.method('mitid-low'), signTask(), { level: 'low' })), 'done');
});

t.test('another person than the order is for, or than acted before', async (t) => {
  for (const name of ['mitid', 'mitid-idura', 'nbid']) {
    const number = name === 'nbid' ? '14058200000' : '140582-2042';
    t.equal(told(await goThrough(home.method(name), signTask({ nationalId: number }))), 'done');
    t.equal(
      told(await goThrough(home.method(name), signTask({ nationalId: number }), { user: 'bo' })),
      'SIGNER_MISMATCH',
      name,
    );
    t.equal(
      told(await goThrough(home.method(name), signTask({ subjectId: 'another' }))),
      'SIGNER_MISMATCH',
      name,
    );
  }
  const logOn = await goThrough(
    home.method('mitid', 'authenticate'),
    { ...signTask({ nationalId: '1405822042' }), documents: [] },
    { user: 'bo' },
  );
  t.equal(told(logOn), 'LOGIN_MISMATCH');
});

t.test('cancelled, failed, out of time', async (t) => {
  for (const [outcome, code] of [
    ['abort', 'access_denied'],
    ['fail', 'server_error'],
    ['time-out', 'temporarily_unavailable'],
  ] as const)
    t.equal(told(await goThrough(home.method('mitid'), signTask(), { outcome })), `cancelled ${code}`);
  const { state } = await act(home.method('mitid'), signTask());
  const odd = { error: '<script>' };
  t.equal(
    told(await home.method('mitid').continue(signTask(), state, { kind: 'returned', params: odd }, visitor)),
    'cancelled UNKNOWN',
  );
});

t.test('a code is good once, for one exchange', async (t) => {
  const method = home.method('mitid');
  const task = signTask();
  const first = await act(method, task);
  const other = await act(method, signTask());
  const input = (params: Record<string, string>) => ({ kind: 'returned', params }) as const;
  const swapped = { ...other.params, state: task.returnState };
  t.equal(
    told(await method.continue(task, first.state, input(swapped), visitor)),
    'NATIVE_SIGNATURE_REFUSED code oidc/code',
  );
  t.equal(
    told(await method.continue(task, first.state, input(other.params), visitor)),
    'NATIVE_SIGNATURE_REFUSED core oidc/response',
    'of another session',
  );
  t.equal(told(await method.continue(task, first.state, input(first.params), visitor)), 'done');
  t.equal(
    told(await method.continue(task, first.state, input(first.params), visitor)),
    'NATIVE_SIGNATURE_REFUSED code oidc/code',
    'replayed',
  );
  t.equal(
    told(await method.continue(task, first.state, { kind: 'poll' }, visitor)),
    'NATIVE_SIGNATURE_REFUSED returned oidc/not-returned',
  );
});

t.test('another document than the one that was sent', async (t) => {
  const method = home.method('mitid-idura');
  const task = signTask();
  const { state, params } = await act(method, task);
  const [document] = task.documents;
  const changed = { ...task, documents: [{ ...document!, read: async () => Buffer.from('Something else') }] };
  t.equal(
    told(await method.continue(changed, state, { kind: 'returned', params }, visitor)),
    'NATIVE_SIGNATURE_REFUSED binding evidence/other-document',
  );
});

t.test('a provider may have a new key', async (t) => {
  for (const name of ['mitid-idura', 'mitid']) {
    t.equal(told(await goThrough(home.method(name), signTask(), { outcome: 'roll-over' })), 'done', name);
    t.equal(told(await goThrough(home.method(name), signTask())), 'done', name);
  }
  // where keys are exchanged beforehand nobody may change them alone
  t.equal(
    told(await goThrough(home.method('ftn'), signTask(), { outcome: 'roll-over' })),
    'NATIVE_SIGNATURE_REFUSED core oidc/response',
  );
});

t.test('log-ons: bound to a word, or to nothing', async (t) => {
  const method = home.method('mitid', 'authenticate');
  t.notOk(method.signs);
  const bound = { ...signTask(), documents: [], binding: 'sha256:abcd' };
  const step = done(await goThrough(method, bound));
  t.match(readIdentityEvidence(step.evidence[0]!.native), {
    purpose: 'log-on',
    commitment: { binding: 'sha256:abcd' },
  });
  const { state, params } = await act(method, bound);
  t.equal(
    told(
      await method.continue({ ...bound, binding: 'sha256:ef' }, state, { kind: 'returned', params }, visitor),
    ),
    'LOGIN_REFUSED binding identity-evidence/binding',
  );
  t.equal(
    told(await goThrough(method, { ...signTask(), documents: [] }, { outcome: 'forged' })),
    'LOGIN_REFUSED core oidc/response',
  );
});
