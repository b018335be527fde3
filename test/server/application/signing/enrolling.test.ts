/** Registering for the next time at the end of a visit: when it is offered, on whose word, and that an answer counts once. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import {
  getAssertion,
  makeCredential,
  type CreationOptions,
  type RequestOptions,
  type SoftKey,
} from '@segl/sandbox/methods/passkey/authenticator';
import type { TaskSpec } from '@segl/server/domain/order/model';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';
import { createRegistrations } from '@segl/server/application/access/registrations';
import { pageOf, posted } from '../../../support/server/methods.ts';
import {
  anna,
  client,
  demo,
  openTestApplication,
  order,
  task,
  type TestApplication,
} from '../../../support/server/services.ts';
import { drawn } from '../../../support/signatures/witnessed.ts';

const ORIGIN = 'http://localhost:1';
const page = pageOf(client, ORIGIN);
const folder = await mkdtemp(join(tmpdir(), 'segl-enrolling-'));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const file = join(folder, 'methods.json');

let home: TestApplication;
t.before(async () => {
  home = await openTestApplication(new Date(), () => {
    writeFileSync(
      file,
      JSON.stringify({
        providers: { passkey: { module: 'passkey' } },
        methods: [{ name: 'passkey', eid: 'passkey', provider: 'passkey', uses: ['authenticate', 'sign'] }],
      }),
    );
    return { METHODS_FILE: file };
  });
});
t.teardown(() => home.close());

const signed = (name: string): Partial<TaskSpec> => ({ signatures: [{ methods: [{ name }] }] });
const loggedOn = (name: string): Partial<TaskSpec> => ({ authentication: { methods: [name] } });

async function visit(more: Partial<TaskSpec>): Promise<SessionKey> {
  const { requestIds } = await home.orders.createRequests(demo, [order([task('a', anna, more)])]);
  return home.portal.open({ requestId: requestIds[0]!, taskId: 'a', client });
}
const logOn = async (key: SessionKey) =>
  home.portal.receiveLogin(key, { ...posted(await home.nativeLogin(key, anna)), ...page });
async function read(key: SessionKey): Promise<void> {
  (await home.portal.document(key, 'doc', client)).open().resume();
  await home.portal.markRead(key, 'doc');
}
/** Signed with NemID: all is done but sending in. */
async function atEnd(more: Partial<TaskSpec> = {}): Promise<SessionKey> {
  const key = await visit(more);
  await home.readAndSign(key, anna);
  return key;
}

const optionsOf = (show: unknown): { readonly create: CreationOptions; readonly get: RequestOptions } =>
  (show as { readonly options: ReturnType<typeof optionsOf> }).options;
async function offer(key: SessionKey): Promise<CreationOptions | undefined> {
  const started = await home.portal.startEnrolling(key, page);
  return started && optionsOf(started.show).create;
}
function made(create: CreationOptions): { readonly key: SoftKey; readonly result: object } {
  const { key, response } = makeCredential(create, ORIGIN, {});
  return { key, result: { id: key.id, ...response.response } };
}
const answer = (key: SessionKey, result: object) =>
  home.portal.enrol(key, { ...page, input: { kind: 'script', result } });
const NOT_DUE = { code: 'STEP_NOT_DUE', params: { why: { code: 'step/method-not-started' } } };

t.test('offered when all is signed, and not before', async (t) => {
  const key = await visit(loggedOn('nemid'));
  await logOn(key);
  const early = made({ ...(await sample()), challenge: 'A'.repeat(43) });
  t.equal(await offer(key), undefined, 'who it is is known, but nothing is read');
  await t.rejects(answer(key, early.result), NOT_DUE);
  await read(key);
  t.equal(await offer(key), undefined, 'nor signed');
  await t.rejects(answer(key, early.result), NOT_DUE);
  await home.readAndSign(key, anna);
  t.ok(await offer(key));
});

/** What is asked for at the end of some visit. */
const sample = async (): Promise<CreationOptions> => (await offer(await atEnd()))!;

t.test('an offer that was begun is not taken once something else is due', async (t) => {
  const key = await atEnd();
  const { result } = made((await offer(key))!);
  const { db } = home.application.context;
  const [before] = await db.query<{ progress: object }>('select progress from sessions where ref = $1', [
    key.ref,
  ]);
  await db.query("update sessions set progress = '{}' where ref = $1", [key.ref]);
  t.not((await home.portal.view(key)).step.kind, 'send-in', 'as after going back');
  await t.rejects(answer(key, result), NOT_DUE);
  await db.query('update sessions set progress = $2 where ref = $1', [key.ref, before!.progress]);
  await t.rejects(answer(key, result), NOT_DUE, 'and is used up by that');
});

t.test('nothing is offered, or taken, where nothing can be signed any more', async (t) => {
  const key = await atEnd();
  const { result } = made((await offer(key))!);
  const { db } = home.application.context;
  await db.query(
    'update orders set deletion_asked_at = now(), deleted_at = now() where request_id = (select request_id from sessions where ref = $1)',
    [key.ref],
  );
  await t.rejects(offer(key), { code: 'TASK_CLOSED' });
  await t.rejects(answer(key, result), { code: 'TASK_CLOSED' });
});

t.test('an offer is answered once, whatever comes of it', async (t) => {
  const key = await atEnd();
  const first = made((await offer(key))!);
  t.same(await answer(key, first.result), { module: 'passkey' });
  await t.rejects(answer(key, first.result), NOT_DUE);
  const other = await atEnd();
  const create = (await offer(other))!;
  const wrong = made({ ...create, challenge: 'A'.repeat(43) });
  await t.rejects(answer(other, wrong.result), { code: 'PASSKEY_REFUSED' });
  const right = made(create);
  await t.rejects(answer(other, right.result), NOT_DUE, 'a wrong answer was one');
  const [one, two] = [await atEnd(), await atEnd()];
  const meant = made((await offer(one))!);
  await offer(two);
  await t.rejects(answer(two, meant.result), { code: 'PASSKEY_REFUSED' }, 'the offer of another visit');
});

t.test('on the word of whoever was identified, not of a passkey or of a drawing', async (t) => {
  const first = await atEnd();
  const { key: passkey, result } = made((await offer(first))!);
  await answer(first, result);
  const key = await visit({ ...loggedOn('nemid'), ...signed('passkey') });
  await logOn(key);
  await read(key);
  const { show } = await home.portal.startSigning(key, 'doc', page);
  const { id, response } = getAssertion(passkey, optionsOf(show).get, ORIGIN).response;
  await home.portal.receiveSignature(key, 'doc', {
    ...page,
    input: { kind: 'script', result: { id, ...response } },
  });
  t.equal((await home.portal.view(key)).step.kind, 'send-in');
  const again = await offer(key);
  t.ok(again, 'the log-on told who it is, though the signature, by a passkey, is of no use for that');
  await answer(key, made(again!).result);
  const registrations = createRegistrations(home.application.context, 'passkey');
  const told = (await registrations.list('demo')).map(
    ({ value }) =>
      (JSON.parse(value) as { registration: { restsOn: { method: string } } }).registration.restsOn.method,
  );
  t.ok(
    told.every((method) => method.startsWith('nemid')),
    told.join(),
  );

  const byHand = await visit({
    ...loggedOn('nemid'),
    signatures: [{ methods: [{ name: '', handwritten: true }] }],
  });
  await logOn(byHand);
  await read(byHand);
  const { signTextDigest } = await home.portal.startDeclaring(byHand, 'doc', 'da');
  await home.portal.declare(byHand, 'doc', { signTextDigest, name: anna.name, client, ...drawn });
  t.equal((await home.portal.view(byHand)).step.kind, 'send-in');
  t.ok(await offer(byHand), 'the log-on, not the drawing');
  const confirmed = await visit({
    signatures: [],
    authenticationBasedSignatures: [{ methods: [{ name: 'nemid' }] }],
  });
  await read(confirmed);
  const stated = await home.portal.startDeclaring(confirmed, 'doc', 'da');
  await home.portal.declare(confirmed, 'doc', { signTextDigest: stated.signTextDigest, name: '', client });
  await home.readAndSign(confirmed, anna);
  t.ok(await offer(confirmed), 'the log-on that confirms a statement');
  const hand = await visit({ signatures: [{ methods: [{ name: '', handwritten: true }] }] });
  await read(hand);
  const declared = await home.portal.startDeclaring(hand, 'doc', 'da');
  await home.portal.declare(hand, 'doc', {
    signTextDigest: declared.signTextDigest,
    name: anna.name,
    client,
    ...drawn,
  });
  t.equal(await offer(hand), undefined, 'a drawing tells nobody');
});
