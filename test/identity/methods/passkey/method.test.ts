/** Passkeys with the stores that they are kept in, and time that stands still until it is moved. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import type {
  CatalogueEntry,
  IdentifiedPerson,
  MethodDeps,
  MethodTask,
  Step,
  Use,
} from '@segl/identity/method';
import { passkeyMethod } from '@segl/identity/methods/passkey/method';
import { LASTS, MOST_PASSKEYS, type KeptPasskey } from '@segl/identity/methods/passkey/registration';
import { ManualClock } from '@segl/problem/clock';
import { isSeglError } from '@segl/problem/errors';
import {
  getAssertion,
  makeCredential,
  type CreationOptions,
  type Lies,
  type RequestOptions,
  type SoftKey,
} from '@segl/sandbox/methods/passkey/authenticator';
import { setAccount } from '@segl/server/adapters/postgres/accounts/accounts';
import { Database } from '@segl/server/adapters/postgres/database';
import { startEmbeddedPostgres } from '@segl/server/adapters/postgres/embedded/embedded-postgres';
import { createSecretBox } from '@segl/server/adapters/secrets/secrets';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { createMethodMemory } from '@segl/server/application/access/method-memory';
import { createRegistrations } from '@segl/server/application/access/registrations';
import { signTask, told, visitor } from '../../../support/oidc.ts';

const folder = await mkdtemp(join(tmpdir(), 'segl-passkeys-'));
const postgres = await startEmbeddedPostgres({ dataDir: folder, log: silentLogger });
const db = new Database({ url: postgres.url });
await db.migrate();
t.teardown(async () => {
  await db.close();
  await postgres.close();
  await rm(folder, { recursive: true, force: true });
});

const DAY = 86_400_000;
const clock = new ManualClock('2026-03-01T12:00:00Z');
const secrets = createSecretBox([randomBytes(32)]);
for (const name of ['demo', 'other']) await setAccount(db, clock, name, 'a long password');
const registrations = createRegistrations({ db, secrets, clock }, 'passkey');
const deps = {
  ...{ clock, random: randomBytes, registrations: () => registrations },
  memory: (service?: string) => createMethodMemory({ db, secrets, clock }, 'passkey', service),
} as unknown as MethodDeps;
const entry: CatalogueEntry = {
  ...{ name: 'passkey', uses: ['sign', 'authenticate'], module: 'passkey', eid: 'passkey', title: 'Passkey' },
  ...{ titles: {}, assurance: 'low', attributes: [], options: {} },
};
const methodFor = (use: Use = 'sign') => passkeyMethod(entry, use, undefined, deps);
const enrols = methodFor().enrols!;

const person = (subjectId: string, more: Partial<IdentifiedPerson> = {}): IdentifiedPerson => ({
  ...{ service: 'demo', subjectId, displayName: `Person ${subjectId}` },
  by: { name: 'mitid', module: 'oidc', assurance: 'substantial', eid: 'mitid' },
  evidence: { format: 'urn:example', sha256: randomBytes(32).toString('hex'), at: clock.now() },
  ...more,
});

async function offer(who: IdentifiedPerson) {
  const offered = await enrols.start(who, visitor);
  const { create } = (offered?.show.options ?? {}) as { readonly create?: CreationOptions };
  return offered && create && { state: offered.state, create };
}

type Answered = ReturnType<typeof makeCredential>;

const resultOf = ({ key, response }: Answered) => ({ id: key.id, ...response.response });

async function register(who: IdentifiedPerson, synced = false): Promise<SoftKey> {
  const { state, create } = (await offer(who))!;
  const made = makeCredential(create, visitor.origin, { synced });
  clock.advance(1_000);
  await enrols.take(who, state, { kind: 'script', result: resultOf(made) }, visitor);
  clock.advance(1_000);
  return made.key;
}

async function begun(task: MethodTask, use: Use = 'sign') {
  const shown = await methodFor(use).start(task, visitor);
  if (shown.kind !== 'show' || shown.show.as !== 'script') throw new Error(told(shown));
  return { task, state: shown.state, get: (shown.show.options as { readonly get: RequestOptions }).get };
}

async function sign(
  key: SoftKey,
  task = signTask(),
  change: (result: Readonly<Record<string, string>>) => object = (same) => same,
): Promise<{ readonly step: Step; readonly key: SoftKey }> {
  const { state, get } = await begun(task);
  const used = getAssertion(key, get, visitor.origin);
  const { id, response } = used.response;
  const input = { kind: 'script', result: change({ id, ...response }) } as const;
  const step = await methodFor().continue(task, state, input, visitor);
  return { step, key: step.kind === 'done' ? used.key : key };
}

const signed = async (...args: Parameters<typeof sign>): Promise<string> => told((await sign(...args)).step);

t.test('what the page is told to ask for', async (t) => {
  const { get } = await begun(signTask());
  t.match(get, { rpId: 'sign.example.com', userVerification: 'required' });
  t.notOk('allowCredentials' in get, 'whose it is to be is told to nobody');
});

t.test('a year without use ends it, and each use begins another', async (t) => {
  let key = await register(person('year'));
  const use = async (): Promise<string> => {
    const used = await sign(key);
    key = used.key;
    return told(used.step);
  };
  clock.advance(LASTS - DAY);
  t.equal(await use(), 'done');
  clock.advance(LASTS - DAY);
  t.equal(await use(), 'done');
  clock.advance(LASTS);
  t.equal(await use(), 'PASSKEY_UNKNOWN', 'to the moment');
});

t.test('evidence has the counter of the use before; a second use at once is one too many', async (t) => {
  let key = await register(person('counter'));
  for (const before of [0, 1]) {
    const used = await sign(key);
    if (used.step.kind !== 'done') throw new Error(told(used.step));
    const { proofs } = readIdentityEvidence(used.step.evidence[0]!.native);
    const record: unknown = JSON.parse(Buffer.from(proofs[0]?.data ?? '', 'base64').toString());
    t.match(record, { counter: before });
    key = used.key;
  }
  const [one, two] = [await begun(signTask()), await begun(signTask())];
  // each is judged before either is noted
  let waiting = 0;
  let go = (): void => undefined;
  const both = new Promise<void>((done) => (go = done));
  const used: typeof registrations.used = async (...args) => {
    if (++waiting === 2) go();
    await both;
    return registrations.used(...args);
  };
  const method = passkeyMethod(entry, 'sign', undefined, {
    ...deps,
    registrations: () => ({ ...registrations, used }),
  });
  const steps = await Promise.all(
    [one, two].map(async ({ task, state, get }) => {
      const { id, response } = getAssertion(key, get, visitor.origin).response;
      return told(
        await method.continue(task, state, { kind: 'script', result: { id, ...response } }, visitor),
      );
    }),
  );
  t.same(steps.sort(), ['NATIVE_SIGNATURE_REFUSED counter passkey/counter', 'done']);
});

t.test('an answer counts once: not twice at the same time, nor in another visit later', async (t) => {
  const key = await register(person('replay'), true);
  const task = signTask();
  const [here, there] = [await begun(task), await begun(task)];
  const { id, response } = getAssertion(key, here.get, visitor.origin).response;
  const answer = async (state: string): Promise<string> =>
    told(await methodFor().continue(task, state, { kind: 'script', result: { id, ...response } }, visitor));
  t.equal(await answer(there.state), 'NATIVE_SIGNATURE_REFUSED challenge passkey/challenge');
  const both = await Promise.all([answer(here.state), answer(here.state)]);
  t.same(both.sort(), ['NATIVE_SIGNATURE_REFUSED replay passkey/replayed', 'done']);
  t.equal(await answer(there.state), 'NATIVE_SIGNATURE_REFUSED replay passkey/replayed');
});

t.test('a national id that is compared', async (t) => {
  const nationalId = { id: '1405822042', nationality: 'DK', type: 'CPR' } as const;
  const [numbered, numberless] = [
    await register(person('numbered', { nationalId }), true),
    await register(person('numberless'), true),
  ];
  t.equal(await signed(numbered, signTask({ nationalId: '140582-2042' })), 'done');
  t.equal(await signed(numbered, signTask({ nationalId: '0101010101' })), 'SIGNER_MISMATCH');
  t.equal(
    await signed(numberless, signTask({ nationalId: '1405822042' })),
    'NATIVE_SIGNATURE_REFUSED identity passkey/no-number',
  );
  t.equal(await signed(numberless), 'done');
  const { step } = await sign(numbered);
  if (step.kind !== 'done') throw new Error(told(step));
  t.notOk(step.identity.nationalId, 'where nobody asks, none is told');
  t.notOk(readIdentityEvidence(step.evidence[0]!.native).subject.nationalId, 'nor kept');
  const { state, get } = await begun(signTask({ subjectId: 'mitid:other' }), 'authenticate');
  const { id, response } = getAssertion(numbered, get, visitor.origin).response;
  const logOn = { ...signTask({ subjectId: 'mitid:other' }), documents: [] };
  t.match(
    told(
      await methodFor('authenticate').continue(
        logOn,
        state,
        { kind: 'script', result: { id, ...response } },
        visitor,
      ),
    ),
    /LOGIN_/,
    'refused as a log-on',
  );
});

t.test('forgotten by whoever holds it', async (t) => {
  const { remembered } = methodFor();
  const [mine, other] = [await register(person('forgets'), true), await register(person('keeps'), true)];
  t.equal(await remembered!.has('demo', 'mitid:forgets'), true);
  t.match(await remembered!.forget('demo', 'mitid:forgets'), { data: { count: '1' } });
  t.equal(await remembered!.has('demo', 'mitid:forgets'), false);
  t.equal(await remembered!.forget('demo', 'mitid:forgets'), undefined);
  t.equal(await signed(mine), 'PASSKEY_UNKNOWN');
  t.equal(await signed(other), 'done');
});

t.test('other documents than were shown', async (t) => {
  const key = await register(person('documents'));
  const task = signTask();
  const { state, get } = await begun(task);
  const { id, response } = getAssertion(key, get, visitor.origin).response;
  const documents = task.documents.map((one) => ({ ...one, read: async () => Buffer.from('Another') }));
  const input = { kind: 'script', result: { id, ...response } } as const;
  const step = await methodFor().continue({ ...task, documents }, state, input, visitor);
  t.equal(told(step), 'NATIVE_SIGNATURE_REFUSED binding evidence/other-document');
});

t.test('of another account, of another user of the authenticator', async (t) => {
  const key = await register(person('account'));
  t.equal(await signed(key, { ...signTask(), service: 'other' }), 'PASSKEY_OTHER_ACCOUNT');
  t.equal(await signed(key, signTask(), (result) => ({ ...result, userHandle: 'AAAA' })), 'PASSKEY_UNKNOWN');
  t.equal(
    await signed(key, signTask(), (result) => ({ ...result, userHandle: '' })),
    'done',
    'security keys may tell none',
  );
  t.equal(await signed(await register(person('a')), signTask({ subjectId: 'mitid:b' })), 'SIGNER_MISMATCH');
});

t.test('rows that somebody with the database changed places of', async (t) => {
  const [mine, other] = [await register(person('mine')), await register(person('swapped'))];
  const swap = async (column: 'sealed' | 'person'): Promise<void> => {
    const refs = (await registrations.list('demo')).filter(({ value }) =>
      [mine.id, other.id].some((id) => value.includes(id)),
    );
    await db.query(
      `update registrations a set ${column} = b.${column} from registrations b
       where a.ref = any($1) and b.ref = any($1) and a.ref <> b.ref`,
      [refs.map(({ ref }) => ref)],
    );
  };
  const silent = (result: Readonly<Record<string, string>>): object => ({ ...result, userHandle: '' });
  await swap('sealed');
  t.equal(await signed(mine, signTask(), silent), 'PASSKEY_UNKNOWN', 'what is found is that of the key');
  await swap('sealed');
  t.equal(await signed(mine, signTask(), silent), 'done');
  await swap('person');
  t.same((await offer(person('mine')))!.create.excludeCredentials, [], 'nor is it told of as hers');
  await swap('person');
  t.equal((await offer(person('mine')))!.create.excludeCredentials.length, 1);
});

t.test('who may register, and how many', async (t) => {
  const by = { name: 'mitid', module: 'oidc', assurance: 'substantial', eid: 'mitid' } as const;
  t.ok(await offer(person('may')));
  t.notOk(await offer(person('may', { by: { ...by, assurance: 'low' } })));
  t.notOk(await offer(person('may', { by: { ...by, module: 'passkey' } })), 'a passkey registers none');
  t.notOk(await offer(person('')), 'nobody was identified');
  const visit = person('many');
  await register(visit);
  t.notOk(await offer(visit), 'once in a visit');
  for (let count = 1; count < MOST_PASSKEYS; count++) await register(person('many'));
  t.notOk(await offer(person('many')));
  t.ok(await offer(person('many', { service: 'other' })), 'at another account they do not count');
});

t.test('what is offered again, and what counts from the beginning', async (t) => {
  const first = (await offer(person('again')))!;
  const made = makeCredential(first.create, visitor.origin, { counter: 5, synced: false });
  const input = { kind: 'script', result: resultOf(made) } as const;
  await enrols.take(person('again'), first.state, input, visitor);
  clock.advance(1_000);
  const second = (await offer(person('again')))!;
  t.equal(second.create.user.id, first.create.user.id, 'to the authenticator it is the same person');
  t.not((await offer(person('somebody else')))!.create.user.id, first.create.user.id);
  const below = { ...made.key, counter: 4 };
  t.equal(
    await signed(below),
    'NATIVE_SIGNATURE_REFUSED counter passkey/counter',
    'as when it was registered',
  );
  t.equal(await signed(made.key), 'done');
  const origin = 'https://192.0.2.1';
  t.equal(
    await enrols.start(person('nowhere'), { ...visitor, origin }),
    undefined,
    'no passkey of an address',
  );
});

t.test('what is refused of a registration', async (t) => {
  const refusal = async (
    who: IdentifiedPerson,
    change: (result: ReturnType<typeof resultOf>) => object,
    { by = who, lies = {} }: { readonly by?: IdentifiedPerson; readonly lies?: Lies } = {},
  ): Promise<string> => {
    const { state, create } = (await offer(who))!;
    const result = change(resultOf(makeCredential(create, visitor.origin, lies)));
    try {
      await enrols.take(by, state, { kind: 'script', result }, visitor);
      return 'taken';
    } catch (error) {
      if (!isSeglError(error)) throw error;
      return [error.code, (error.params as { why?: { code: string } }).why?.code].filter(Boolean).join(' ');
    }
  };
  const who = person('registering');
  const other = Buffer.alloc(32).toString('base64url');
  t.equal(await refusal(who, (result) => ({ ...result, id: other })), 'PASSKEY_REFUSED passkey/answer');
  t.equal(await refusal(who, (result) => ({ ...result, more: 1 })), 'PASSKEY_REFUSED passkey/answer');
  const low = { ...who, by: { ...who.by, assurance: 'low' as const } };
  t.equal(
    await refusal(who, (result) => result, { by: low }),
    'PASSKEY_REFUSED passkey/registration',
    'though it was offered',
  );
  const cases: readonly (readonly [string, Lies])[] = [
    ['passkey/ceremony', { type: 'webauthn.get' }],
    ['passkey/challenge', { challenge: 'A'.repeat(43) }],
    ['passkey/origin', { origin: 'https://sign.example.org' }],
    ['passkey/origin', { crossOrigin: true }],
    ['passkey/receiver', { rpId: 'example.org' }],
    ['passkey/user-present', { flags: 0x44 }],
    ['passkey/user-verified', { flags: 0x41 }],
  ];
  for (const [why, lies] of cases)
    t.equal(await refusal(who, (result) => result, { lies }), `PASSKEY_REFUSED ${why}`, JSON.stringify(lies));
  t.equal(await refusal(who, (result) => result), 'taken');
  const known = await register(person('known'));
  const { state, create } = (await offer(person('thief')))!;
  const stolen = resultOf(makeCredential(create, visitor.origin));
  const row = (await registrations.list('demo')).find(({ value }) => value.includes(known.id))!;
  const { attestation } = (JSON.parse(row.value) as KeptPasskey).registration;
  const result = { ...stolen, id: known.id, attestationObject: attestation };
  await t.rejects(enrols.take(person('thief'), state, { kind: 'script', result }, visitor), {
    code: 'PASSKEY_KNOWN',
  });
});

t.test('a key that was registered under older secrets is known', async (t) => {
  const [old, current] = [randomBytes(32), randomBytes(32)];
  const under = (...masters: readonly Buffer[]) =>
    createRegistrations({ db, secrets: createSecretBox(masters), clock }, 'passkey');
  const [before, after] = [under(old), under(current, old)];
  const until = new Date(clock.now().getTime() + LASTS);
  const added = (subjectId: string, key: string) => ({
    ...{ service: 'demo', subjectId, key, value: '{}', counter: 0, since: clock.now(), until },
  });
  t.equal(await before.add(added('mitid:before', 'one')), true);
  t.equal(await after.add(added('mitid:after', 'one')), false, "it is somebody's already");
  t.equal(await after.add(added('mitid:after', 'two')), true);
  t.same([await after.find('one'), await after.find('two')].map(Boolean), [true, true]);
  t.equal(await before.find('two'), undefined, 'what is new is under the newest secret alone');
  t.equal(await under(current).add(added('mitid:late', 'one')), true, 'what nobody can read is no key');
});
