/** The log of the keys that identity providers publish: filled by the real queue, stamped, and named in evidence. */
import { createHash } from 'node:crypto';
import t from 'tap';
import type { IdentityEvidence } from '@segl/identity/evidence/identity/content';
import { firstFailure, judgeIdentityEvidence } from '@segl/identity/evidence/identity/judge';
import { entryName } from '@segl/identity/evidence/identity/proofs/key-log';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { carried, withId } from '@segl/identity/evidence/identity/write';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import type { PublishedKeys } from '@segl/identity/method';
import { readTimeStampToken, verifyTimeStampToken } from '@segl/pki/tsp/timestamp';
import { ShiftedClock, systemClock } from '@segl/problem/clock';
import { generalProblems } from '@segl/problem/problems';
import type { Outcome } from '@segl/sandbox/methods/oidc/lies';
import { approveInApp } from '@segl/sandbox/methods/oidc/person';
import { Browser } from '@segl/sandbox/person/browser';
import { listKeys, type KeysRow } from '@segl/server/adapters/postgres/provider-keys';
import { logProviderKeys, type KeyLogContext } from '@segl/server/application/upkeep/provider-keys';
import { startBackground } from '@segl/workers/main';
import { orderOverSoap, startTestService, textDocument } from '../../../support/server/service.ts';
import { until } from '../../../support/server/running.ts';
import { Signer } from '../../../support/signatures/signer.ts';

const logged: string[] = [];
const service = await startTestService(
  t,
  async (offered) => offered,
  (line) => logged.push(line),
);
const { application, backEnd } = service;
const { db } = application.context;

const entries = (provider: string): Promise<KeysRow[]> => listKeys(db, { module: 'oidc', provider }, 10);
const digestBy =
  (keys: Uint8Array) =>
  (hash: string): Uint8Array =>
    createHash(hash).update(keys).digest();

/** What is kept of a signature. */
async function evidenceOf(outcome: Outcome = 'approve'): Promise<IdentityEvidence> {
  const requestId = await orderOverSoap(
    service,
    `${textDocument('doc', 'I promise to feed the birds.')}<task id="a"><document-action type="sign"><document-ref>doc</document-ref></document-action><signature><method>mitid-idura</method></signature></task>`,
  );
  const signer = new Signer();
  await signer.open(backEnd.taskUrl(requestId, 'a'));
  await signer.read();
  await signer.open(
    await approveInApp(new Browser('en'), signer.page.continueUrl!, { userId: 'anna' }, { outcome }),
  );
  await signer.send('send-in');
  const uri = await until('the package', async () => (await backEnd.getStatus(requestId)).resultUris[0]);
  return readIdentityEvidence(readLtvSdo(await backEnd.download(uri)).native.bytes);
}

const entryIn = ({ trust }: IdentityEvidence): string | undefined =>
  trust.find(({ role }) => role === 'key-log')?.source;

t.test('every provider is asked by the clock, and what it publishes is stamped', async (t) => {
  for (const provider of ['neb', 'idura', 'signicat']) {
    const [entry, ...more] = await until('the keys', async () => {
      const rows = await entries(provider);
      return rows[0]?.stamp ? rows : false;
    });
    t.same(more, [], provider);
    t.match(entry!.source, new RegExp(`/oidc/${provider}/jwks$`));
    const published = Buffer.from(await (await fetch(entry!.source)).arrayBuffer());
    t.same(Buffer.from(entry!.keys), published, 'byte for byte');
    const stamp = verifyTimeStampToken(Uint8Array.from(entry!.stamp!), digestBy(entry!.keys));
    t.same(stamp.genTime, entry!.stampedAt);
  }
  t.same(await entries('ftn'), [], 'whose keys are exchanged beforehand');
});

t.test('evidence names the entry in which the key stood, and a new key stands in none yet', async (t) => {
  const [first] = await entries('idura');
  const signed = await evidenceOf();
  t.equal(entryIn(signed), entryName(first!.id));
  t.notOk(signed.limits.includes('provider-key-not-logged'));

  const rolled = await evidenceOf('roll-over');
  t.equal(entryIn(rolled), undefined, 'nobody can have known it');
  t.ok(rolled.limits.includes('provider-key-not-logged'));

  // an hour later, by the clock of the queue
  const { context } = application;
  const clock = new ShiftedClock(systemClock, 3_600_000);
  const later = await startBackground({ ...application, context: { ...context, clock } });
  t.teardown(() => later.close());
  const [second, ...older] = await until('the new keys', async () => {
    const rows = await entries('idura');
    return rows.length === 2 && rows[0]!.stamp !== null && rows;
  });
  t.same(
    older.map(({ id }) => id),
    [first!.id],
  );
  t.equal((await entries('neb')).length, 1, 'what is the same is not kept again');
  t.equal(entryIn(await evidenceOf()), entryName(second!.id));
  t.match(logged.join('\n'), /publishes keys that it did not before/);
});

t.test('what the evidence names is judged with it', async (t) => {
  const evidence = await evidenceOf();
  const [, before] = await entries('idura');
  const at = new Date(evidence.times.received);
  const { sha256, title, mediaType } = evidence.commitment.documents[0]!;
  const document = { sha256: Buffer.from(sha256, 'hex'), title, mimeType: mediaType };
  const failureOf = (changed: IdentityEvidence): string | undefined => {
    const found = firstFailure(judgeIdentityEvidence(changed, { at, document }));
    return found && `${found.check} ${found.why.code}`;
  };
  const withTrust = (role: string, bytes: Uint8Array | undefined): IdentityEvidence =>
    withId({
      ...evidence,
      trust: evidence.trust.flatMap((one) =>
        one.role !== role ? [one] : bytes ? [{ ...one, ...carried(bytes) }] : [],
      ),
    });
  const found = judgeIdentityEvidence(evidence, { at, document }).findings.find(
    ({ check }) => check === 'key-log',
  );
  t.match(found, { outcome: 'passed', problem: { code: 'key-log/entry' } });
  t.equal(failureOf(evidence), undefined);
  t.equal(failureOf(withTrust('key-log', before!.keys)), 'key-log key-log/other-key');
  t.equal(failureOf(withTrust('key-log-stamp', before!.stamp!)), 'key-log timestamp/other-data');
  t.equal(failureOf(withTrust('key-log-stamp', undefined)), 'key-log key-log/no-stamp');
  t.equal(failureOf(withTrust('key-log-stamp', Buffer.from('no token'))), 'key-log asn1/value-overrun');
  const stamp = Buffer.from(evidence.trust.find(({ role }) => role === 'key-log-stamp')!.data, 'base64');
  // who stands above the authority is not judged here
  const { certificate, certificates } = readTimeStampToken(Uint8Array.from(stamp));
  const above = certificates
    .filter((der) => Buffer.compare(der, certificate) !== 0)
    .map((der) => ({ from: stamp.indexOf(der), to: stamp.indexOf(der) + der.length }));
  const unnoticed: number[] = [];
  for (let place = 0; place < stamp.length; place += 11) {
    const other = Buffer.from(stamp);
    other[place]! ^= 1;
    if (above.some(({ from, to }) => place >= from && place < to)) continue;
    if (failureOf(withTrust('key-log-stamp', other)) === undefined) unnoticed.push(place);
  }
  t.same(unnoticed, [], 'no byte of the time-stamp can be changed');
});

/** A module whose providers publish these. */
const publishing = (
  published: readonly PublishedKeys[],
  timestamper: KeyLogContext['timestamper'] = application.packaging.timestamper,
): KeyLogContext =>
  ({
    ...application.context,
    timestamper,
    eid: { installation: { opened: new Map([['made-up', { publishedKeys: async () => published }]]) } },
  }) as unknown as KeyLogContext;

const set = (...kids: readonly string[]): PublishedKeys => ({
  ...{ provider: 'p', issuer: 'https://p.example.com', source: 'https://p.example.com/jwks' },
  bytes: Buffer.from(JSON.stringify({ keys: kids.map((kid) => ({ kty: 'RSA', kid, n: kid, e: 'AQAB' })) })),
  at: systemClock.now(),
});
const own = { module: 'made-up', provider: 'p' };

t.test('a set in another order is the same; a key more or less is not', async (t) => {
  t.equal(await logProviderKeys(publishing([set('a', 'b')])), 1);
  t.equal(await logProviderKeys(publishing([set('b', 'a')])), 0);
  t.equal(await logProviderKeys(publishing([set('a')])), 1);
  t.equal(await logProviderKeys(publishing([set('a', 'b')])), 1, 'also one that was there before');
  t.equal((await listKeys(db, own, 10)).length, 3);
});

t.test('what fails stops nothing, and is made up for', async (t) => {
  const down = generalProblems.of('foreign/said', { said: 'ECONNREFUSED' });
  const failing = async (): Promise<Uint8Array> => {
    throw generalProblems.error('UNAVAILABLE', { what: down });
  };
  const published: PublishedKeys[] = [{ provider: 'other', problem: down }, set('c')];
  await t.rejects(logProviderKeys(publishing(published, failing)), { code: 'UNAVAILABLE' });
  const [kept] = await listKeys(db, own, 1);
  t.match(kept, { stamp: null, stampedAt: null });
  t.equal(await logProviderKeys(publishing(published)), 0);
  const [stamped] = await listKeys(db, own, 1);
  t.equal(stamped!.id, kept!.id);
  t.ok(stamped!.stamp);
  t.match(logged.join('\n'), /cannot be had/);
});
