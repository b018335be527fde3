/** What is opened for a process is closed again when the next part cannot be opened; what settings name reaches its users. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { SHIPPED_CALENDAR } from '@segl/pki/algorithms/algorithm-constraints';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { verifyEvidencePdf } from '@segl/identity/evidence/verify';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { sealPdf } from '@segl/server/application/packaging/make-pdf';
import { readCallers } from '@segl/server/composition/callers';
import { openApplication } from '@segl/server/composition/application';
import { startService } from '@segl/server/composition/http';
import { openValidator } from '@segl/server/composition/validator';
import type { Config } from '@segl/server/config/config';
import { createWorld } from '../../../conformance/world.ts';
import { makePdf } from '../../support/pdf/pdf.ts';
import { freePort } from '../../support/server/running.ts';
import { openTestApplication } from '../../support/server/services.ts';

const folder = await mkdtemp(join(tmpdir(), 'segl-composition-'));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const home = await openTestApplication();
t.teardown(() => home.close());
const { application, clock } = home;
const { db, config } = application.context;

/** One more process of the same service. */
const another = (change: Partial<Config> = {}) =>
  openApplication(
    { ...config, databaseUrl: application.databaseUrl, ...change },
    { clock, log: silentLogger, kind: 'command' },
  );

/** Connections, servers and processes that this one holds; timers come and go. */
const held = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => /Wrap|Worker/.test(kind))
    .sort();

async function heldAgain(before: readonly string[]): Promise<string[]> {
  for (let tries = 0; tries < 100 && held().join() !== before.join(); tries++) await sleep(20);
  return held();
}

t.test('a database that cannot be used leaves nothing open', async (t) => {
  const before = held();
  await db.query('alter table service_templates rename to elsewhere');
  await t.rejects(another(), /service_templates/);
  await db.query('alter table elsewhere rename to service_templates');
  t.same(await heldAgain(before), before);
  const opened = await another();
  t.not(held().join(), before.join(), 'what is open is seen');
  await opened.close();
  t.same(await heldAgain(before), before);
});

t.test('a port that is taken leaves nothing open, on which other callers are served either', async (t) => {
  const world = createWorld(clock);
  const { certificate, privateKey } = world.identity('P-256', 'localhost');
  const [tlsCert, tlsKey] = [join(folder, 'tls.pem'), join(folder, 'tls-key.pem')];
  await writeFile(tlsCert, certificatesToPem([certificate.der]));
  await writeFile(tlsKey, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.teardown(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const before = held();
  const { context } = application;
  const callerPort = Number(await freePort());
  const served = { ...config, host: '127.0.0.1', port, tlsCert, tlsKey, callerPort };
  const callers = await readCallers(
    { ...served, clientCertificates: 'request' },
    context.eid.installation.opened,
  );
  t.ok(callers);
  const busy = { ...application, callers, context: { ...context, config: served } };
  await t.rejects(startService(busy), { code: 'EADDRINUSE' });
  t.same(await heldAgain(before), before);
});

t.test('a font that cannot be used is found at the start', async (t) => {
  await writeFile(join(folder, 'broken.ttf'), 'nothing of a font');
  await t.rejects(another({ fontsDir: folder }), { code: 'FONT_UNUSABLE' });
});

t.test('the calendar of the settings decides what is made, and what is relied on', async (t) => {
  const algorithmsFile = join(folder, 'algorithms.json');
  const { digests, keys } = SHIPPED_CALENDAR.table;
  await writeFile(
    algorithmsFile,
    JSON.stringify({ keys, digests: { ...digests, sha256: '2020-01-01T00:00:00Z' } }),
  );
  const strict = await another({ algorithmsFile });
  t.teardown(() => strict.close());
  const made = async ({ packaging }: typeof strict) => {
    const file = IncrementalFile.of(await makePdf(1));
    const bytes = await sealPdf(packaging, { file, attachments: [], signingTime: clock.now() });
    const { seal, tsaAnchors } = packaging;
    const { sealDigests, timestamps } = verifyEvidencePdf(bytes, { sealAnchors: seal.anchors, tsaAnchors });
    return { bytes, digests: [...sealDigests, ...timestamps.map(({ stamp }) => stamp.imprintAlgorithm)] };
  };
  const usual = await made(application);
  t.same(new Set(usual.digests), new Set(['sha256']));
  t.same(new Set((await made(strict)).digests), new Set(['sha384']));

  const judged = async (change: Partial<Config>) => {
    const validator = await openValidator({ ...config, ...change }, { clock });
    try {
      return (await validator.validate({ bytes: usual.bytes, offline: true })).report;
    } finally {
      await validator.close();
    }
  };
  t.match(await judged({}), { indication: 'TOTAL-PASSED' });
  t.match(await judged({ algorithmsFile }), {
    indication: 'INDETERMINATE',
    subIndication: 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
  });
});
