/**
 * What a visit leaves behind, in every word: what the signer is shown at each step, the audit trail, and the history of the
 * task. `GOLDEN=write` writes it down anew.
 */
import { Readable } from 'node:stream';
import t from 'tap';
import { isSeglError } from '@segl/problem/errors';
import { listAudit } from '@segl/server/adapters/postgres/sessions/sessions';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { signatureTrail } from '@segl/server/application/signing/signature-trail';
import type { TaskSpec } from '@segl/server/domain/order/model';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';
import { asJson, golden } from '../../../golden/files.ts';
import {
  anna,
  bo,
  client,
  demo,
  openTestApplication,
  order,
  task,
} from '../../../support/server/services.ts';
import { drawn } from '../../../support/signatures/witnessed.ts';
import { pageOf, posted } from '../../../support/server/methods.ts';

const home = await openTestApplication(new Date('2026-05-04T08:00:00Z'));
t.teardown(() => home.close());
const { db } = home.application.context;

/** What is another one each time: of our own sandbox, of an order, of a session, or random. */
const OTHER_EACH_TIME = new Set(
  ['requestId', 'transaction-id', 'parameters-digest', 'native-sha256'].concat([
    'certificate-serial-number',
    'certificate-sha256',
    'ocsp-url',
    'crl-url',
  ]),
);
const DIGEST_OR_URL = /^[0-9a-f]{64}$|^http:\/\/localhost/;

const settled = (requestId: string, what: unknown): unknown =>
  JSON.parse(
    JSON.stringify(what, (name, value: unknown) => {
      if (typeof value !== 'string') return value;
      if (OTHER_EACH_TIME.has(name) || (name === 'detail' && DIGEST_OR_URL.test(value))) return '…';
      return value.replace(requestId, '…');
    }),
  );

async function visit(spec: TaskSpec, more: Parameters<typeof order>[1] = {}) {
  const { requestIds } = await home.orders.createRequests(demo, [order([spec], more)]);
  const requestId = requestIds[0]!;
  const open = () => home.portal.open({ requestId, taskId: spec.id, client });
  return { requestId, key: await open(), open };
}
const trail = async (key: SessionKey): Promise<unknown> =>
  (await listAudit(db, key.ref)).map(({ type, trail: of, data }) => ({ type, trail: of, data }));
const history = async (requestId: string): Promise<unknown> =>
  (await home.orders.getRequestHistory(demo, requestId, 'a')).map(({ type, data }) =>
    data === undefined ? type : `${type} ${data}`,
  );
async function read(key: SessionKey, documentId = 'doc'): Promise<void> {
  (await home.portal.document(key, documentId, client)).open().resume();
  await home.portal.markRead(key, documentId);
}
async function sendIn(key: SessionKey, requestId: string): Promise<unknown> {
  const sent = home.portal.sendIn(key);
  for (;;) {
    await packageTask(home.packaging, { requestId, taskId: 'a' });
    const [status] = await home.orders.getStatus(demo, [requestId]);
    if (status?.status === 'completed') return sent;
  }
}
const said = (error: unknown): unknown => (isSeglError(error) ? error.problem : error);

const page = { origin: 'http://localhost:1', language: 'da', client };
const cancelled = { ...posted(Buffer.from('CAN001').toString('base64')), ...pageOf(client) };
const link = 'https://example.com/?r=${requestId}&t=${taskId}';
const dialog = (title: string) => ({ title, message: `About ${title}` });

async function withTheEid(): Promise<unknown> {
  const { requestId, key } = await visit(
    task('a', anna, {
      ...{
        authentication: { methods: ['nemid'], dialog: dialog('logging in') },
        language: 'en',
        profile: 'own',
      },
      signatures: [{ methods: [{ name: 'nemid-sign', handwritten: true }], dialog: dialog('signing') }],
      ...{ onTaskComplete: link, onTaskPostpone: 'https://example.com/later' },
    }),
    { language: 'da', profile: 'of all' },
  );
  const { portal } = home;
  const seen: unknown[] = [await portal.view(key)];
  const other = { ...posted(await home.nativeLogin(key, bo)), ...pageOf(client) };
  seen.push(await portal.receiveLogin(key, other).catch(said));
  const { title, module } = await portal.startLogin(key, page);
  seen.push({ title, module }, await portal.receiveLogin(key, cancelled));
  seen.push(
    await portal.receiveLogin(key, { ...posted(await home.nativeLogin(key, anna)), ...pageOf(client) }),
  );
  await read(key);
  const started = await portal.startDeclaring(key, 'doc', 'da');
  seen.push(started, await portal.view(key));
  await portal.declare(key, 'doc', { signTextDigest: started.signTextDigest, name: '', client, ...drawn });
  await home.nativeSignature(key, 'doc', anna);
  seen.push(await portal.receiveSignature(key, 'doc', cancelled));
  const response = await home.nativeSignature(key, 'doc', anna);
  seen.push(await portal.receiveSignature(key, 'doc', { ...posted(response), ...pageOf(client) }));
  seen.push(await portal.view(key), await sendIn(key, requestId), await portal.view(key));
  return settled(requestId, { seen, trail: await trail(key), history: await history(requestId) });
}

async function byChoice(): Promise<unknown> {
  const { requestId, key } = await visit(
    task('a', undefined, {
      signatures: [
        { methods: [{ name: 'nemid-sign' }] },
        { methods: [{ name: '', handwritten: true }], dialog: dialog('writing') },
      ],
      authenticationBasedSignatures: [{ methods: [{ name: 'nemid', handwritten: true }] }],
      subject: { firstName: 'Ulla', lastName: 'Ås', attributes: [] },
      ...{ dialog: dialog('all'), onTaskCancel: link },
    }),
    { language: 'da', profile: 'of all' },
  );
  const { portal } = home;
  await read(key);
  const view = await portal.view(key);
  const { step } = view;
  if (step.kind !== 'choose-method') throw new Error(step.kind);
  const seen: unknown[] = [view];
  const declare = async (language: string): Promise<void> => {
    const started = await portal.startDeclaring(key, 'doc', language);
    seen.push(started);
    await portal.declare(key, 'doc', { signTextDigest: started.signTextDigest, name: '', client, ...drawn });
    seen.push(await portal.view(key));
  };
  for (const { id } of step.ways) {
    await portal.chooseWay(key, 'doc', id);
    seen.push(await portal.view(key));
    await portal.chooseWay(key, 'doc', '');
  }
  seen.push(await portal.chooseWay(key, 'doc', 'signature-9.9').catch(said));
  const wayBy = (kind: string): string => step.ways.find((way) => way.kind === kind)!.id;
  await portal.chooseWay(key, 'doc', wayBy('login'));
  await declare('en');
  await portal.chooseWay(key, 'doc', wayBy('hand'));
  await declare('da');
  seen.push(await sendIn(key, requestId), await portal.view(key));
  return settled(requestId, { seen, trail: await trail(key), history: await history(requestId) });
}

async function withoutSigning(): Promise<unknown> {
  const { requestId, key, open } = await visit(
    task('a', undefined, {
      documentActions: [
        { type: 'upload', documentRef: 'passport' },
        { type: 'view', documentRef: 'doc', optional: true, dialog: dialog('reading') },
      ],
      ...{ signatures: [], onTaskCancel: link, onTaskPostpone: 'https://example.com/later' },
    }),
    { documents: [...order([]).documents, { kind: 'upload', id: 'passport', description: 'Passport' }] },
  );
  const { portal } = home;
  const seen: unknown[] = [await portal.view(key)];
  seen.push(await portal.skip(key, 'passport').catch(said), await portal.markRead(key, 'doc').catch(said));
  await portal.upload(key, 'passport', 'text/plain', Readable.from([Buffer.from('Mine.')]));
  seen.push(await portal.markRead(key, 'passport').catch(said));
  await read(key, 'passport');
  await portal.skip(key, 'doc');
  seen.push(await portal.view(key), await portal.postpone(key));
  const second = await open();
  seen.push(await portal.cancel(second), await portal.view(second).catch(said));
  const third = await open();
  seen.push(await portal.refuse(third, '  too expensive '), await portal.view(third));
  const trails = [await trail(key), await trail(second), await trail(third)];
  return settled(requestId, { seen, trails, history: await history(requestId) });
}

for (const [name, live] of Object.entries({ withTheEid, byChoice, withoutSigning }))
  t.test(name, async (t) => {
    const found = await live();
    t.same(
      asJson(found),
      golden(`visits/${name}.json`, () => found),
    );
  });

t.test('the trail of a verification says who identified the signer, and what was checked', async (t) => {
  const identity = { displayName: 'Anna', subjectId: 'id', attributes: [] };
  const certificate = { subjectDn: 'CN=Anna', issuerDn: 'CN=CA' } as never;
  const checks = [
    { check: 'core', ok: true },
    { check: 'path', ok: true, detail: 'CN=CA' },
  ] as never;
  const evidence = { checks, facts: { fact: 'x' } };
  const audit = [{ type: 'asked', of: 'verification', data: { by: 'y' } } as const];
  const trails = {
    certified: signatureTrail('doc', { identity: { ...identity, certificate }, audit }, evidence, {
      kind: 'eid',
    }),
    told: signatureTrail('doc', { identity, audit: [] }, evidence, { kind: 'login' }),
    written: signatureTrail('doc', { identity, audit }, evidence, { kind: 'hand' }),
  };
  t.same(
    asJson(trails),
    golden('visits/verification.json', () => trails),
  );
});
