/** Archived evidence over the years: renewed before its proof ends, the same id, and told of. */
import { randomBytes } from 'node:crypto';
import t from 'tap';
import { createWorld } from '../../../../conformance/world.ts';
import { plan, report } from '@segl/cli/preserve';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { raisePades } from '@segl/ades/pades/levels';
import { addSignature } from '@segl/ades/pades/sign';
import { raise } from '@segl/ades/xades/levels';
import { readXades } from '@segl/ades/xades/read';
import { signXades } from '@segl/ades/xades/sign';
import { ManualClock } from '@segl/problem/clock';
import { ArchiveFlow } from '@segl/server/application/documents/archived';
import { deleteUnusedBlobs } from '@segl/server/application/upkeep/expiry';
import { makePdf as makeSignedPdf } from '@segl/server/application/packaging/make-pdf';
import { addPreserved, preserveDue, type Validate } from '@segl/server/application/archive/preserving';
import { openValidator } from '@segl/server/composition/validator';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { SHIPPED_CALENDAR } from '@segl/pki/algorithms/algorithm-constraints';
import { judgeProof, renewProof, type Preserved } from '@segl/server/application/packaging/proof';
import { findPreserved, listPreservationEvents } from '@segl/server/adapters/postgres/preservation';
import { insertArchived } from '@segl/server/adapters/postgres/sds';
import { anna, client, openTestApplication, demo, order, task } from '../../../support/server/services.ts';
import { makePdf } from '../../../support/pdf/pdf.ts';
import { trusting } from '../../../support/server/methods.ts';

const DAY = 86_400_000;
const LEAD = 90;

t.test('five years with an authority whose certificates last two', async (t) => {
  const clock = new ManualClock('2026-11-20T12:00:00Z');
  const world = createWorld(clock, { tsaYears: 2 });
  const { services } = world;
  const key = world.signer('P-256', 'Seal');
  const trust = {
    sealAnchors: [world.anchor],
    tsaAnchors: [world.anchor],
    signers: trusting([]),
    algorithms: SHIPPED_CALENDAR,
  };
  const file = IncrementalFile.of(await makePdf(1));
  const signingTime = clock.now();
  const timestamper = services.timestamp;
  await addSignature(file, { attachments: [], key, signerName: 'Seal', signingTime, timestamper });
  await raisePades(file, 'LTA', services);
  const data = [{ form: 'enveloping' as const, bytes: Buffer.from('Aftale'), mimeType: 'text/plain' }];
  const xades = await raise(await signXades({ key, signingTime, data }), 'LT', services);
  const kept: Preserved[] = [
    { kind: 'pades', bytes: file.bytes },
    { kind: 'xades', bytes: xades },
    { kind: 'other', bytes: Buffer.from('from outside') },
  ];
  const renewals = [0, 0, 0];
  for (let days = 0; days <= 5 * 365; days += 60) {
    for (const [index, one] of kept.entries()) {
      const { until } = judgeProof(one, trust);
      if (!until) return t.fail('certificates end');
      if (until.getTime() - LEAD * DAY > clock.now().getTime()) continue;
      const renewed = await renewProof(one, { services, key, now: clock.now() });
      const proof = judgeProof(renewed, trust);
      t.equal(proof.level, 'LTA');
      if (proof.until! <= until) continue; // the authority has no newer certificate yet
      kept[index] = renewed;
      renewals[index]! += 1;
    }
    clock.advance(60 * DAY);
  }
  t.ok(
    renewals.every((count) => count >= 2),
    `renewed ${renewals.join(', ')} times`,
  );
  for (const one of kept) {
    const proof = judgeProof(one, trust);
    t.ok(proof.until! > clock.now(), `${one.kind} is proven until ${proof.until?.toISOString()}`);
  }
  t.ok(Buffer.from(kept[0]!.bytes).subarray(0, file.bytes.length).equals(Buffer.from(file.bytes)));
  const changed: Preserved = { ...kept[2]!, bytes: Buffer.from('from inside') };
  t.throws(() => judgeProof(changed, trust), { code: 'EVIDENCE_INVALID' }, 'a wrapper is about one file');
});

t.test('in the archive', async (t) => {
  const home = await openTestApplication(new Date('2026-11-20T12:00:00Z'));
  t.teardown(() => home.close());
  const { packaging: context, clock } = home;
  const { db, blobs } = context;
  const archive = new ArchiveFlow(context);
  const validator = await openValidator(context.config, { clock });
  t.teardown(() => validator.close());
  const validate: Validate = (bytes) => validator.validate({ bytes });
  const spec = task('a', anna, {
    documentActions: [{ type: 'sign', documentRef: 'doc', sendResultToArchive: true }],
  });
  const [requestId = ''] = (await home.orders.createRequests(demo, [order([spec])])).requestIds;
  const key = await home.portal.open({ requestId, taskId: 'a', client });
  await home.readAndSign(key, anna);
  const sent = home.portal.sendIn(key);
  for (let tries = 0; tries < 100; tries++) {
    await packageTask(context, { requestId, taskId: 'a' });
    const [info] = await home.orders.getStatus(demo, [requestId]);
    if (info?.status === 'completed') break;
  }
  await sent;
  const [status] = await home.orders.getStatus(demo, [requestId]);
  const reference = status?.documents[0]?.result;
  if (reference?.kind !== 'archive') return t.fail('the package is archived');
  const packageId = reference.archiveId;
  const original = await archive.getDocument(demo, packageId);

  const promise = Buffer.from('I promise.');
  const method = { format: 'PAdES', level: 'T', template: 'standard' } as const;
  const pdf = Buffer.from(
    await makeSignedPdf(context, method, {
      language: 'da',
      originals: [
        {
          title: 'A',
          contentType: 'application/pdf',
          sha256: '',
          file: IncrementalFile.of(await makePdf(1)),
        },
      ],
      packages: [],
    }),
  );
  const put = async (id: string, bytes: Uint8Array): Promise<void> => {
    const { sha256, size } = await blobs.put(bytes);
    const row = { id, sha256, size, contentType: 'application/x-pades', service: demo.service };
    await insertArchived(db, { ...row, createdAt: clock.now() });
  };
  await put('pdf', pdf);
  await put('broken', Buffer.concat([pdf, Buffer.from('x')]));

  await t.test('what is not due is looked at, and left as it is', async (t) => {
    t.match(await plan(context, { service: 'demo', json: false }, clock.now()), /not looked at .*pdf/);
    t.same(await preserveDue(context), { looked: 3, renewed: 0, failed: 1 });
    t.match(await findPreserved(db, 'pdf'), { level: 'T', renewals: 0, problem: null });
    t.match(await findPreserved(db, packageId), { level: 'sealed', proofSha256: null });
    t.match(await findPreserved(db, 'broken'), { failures: 1, problem: { code: 'PADES_INVALID' } });
    t.same(await preserveDue(context), { looked: 0, renewed: 0, failed: 0 }, 'and not again at once');
    const planned = await plan(context, { service: 'demo', json: true }, new Date('2028-11-01'));
    const { rows } = JSON.parse(planned) as {
      rows: { archiveId: string; because: string; becauseCode: string }[];
    };
    t.same(rows.map(({ archiveId }) => archiveId).sort(), ['pdf', packageId].sort());
    t.match(rows[0]?.because, /RSA with 2048 bits/, 'the calendar of algorithms counts');
    t.equal(rows[0]?.becauseCode, 'proof/key');
    t.match(await plan(context, { service: 'other', json: false }, new Date('2028-11-01')), /^Nothing/);
  });

  await t.test('what is from outside is archived with a proof', async (t) => {
    const added = await addPreserved(context, 'other', promise, validate);
    t.match(added, { contentType: 'application/octet-stream', report: { signatures: [] } });
    const { archiveId: id } = added;
    const row = await findPreserved(db, id);
    t.match(row, { level: 'LTA', service: 'other', renewals: 1, contentType: 'application/octet-stream' });
    const proof = Buffer.from(await blobs.read(row!.proofSha256!)).toString();
    t.match(proof, /MimeType="application\/octet-stream"/, 'what it is is proven too');
    t.same(Buffer.from((await archive.getDocument({ service: 'other' }, id)).bytes), promise);
    const { archiveId: own, report } = await addPreserved(context, 'other', pdf, validate);
    t.equal(report?.indication, 'TOTAL-PASSED');
    t.match(await findPreserved(db, own), { contentType: 'application/x-pades', proofSha256: null });
    await t.rejects(addPreserved(context, 'nobody', promise, validate), { code: 'ACCOUNT_UNKNOWN' });
  });

  await t.test('the wrapper of a signed file keeps by what its signatures are judged', async (t) => {
    const { tsaAnchors, eid, seal } = context;
    const { signers } = await eid.of(demo.service);
    const trust = { sealAnchors: seal.anchors, tsaAnchors, signers };
    const { content, signerPath } = verifyPackage(original.bytes, trust);
    const { archiveId, report } = await addPreserved(context, 'other', content.native.bytes, validate);
    t.match(report, { format: 'NemID', indication: 'TOTAL-PASSED' });
    const row = await findPreserved(db, archiveId);
    const [wrapper] = readXades(await blobs.read(row!.proofSha256!));
    const { certificates, ocsps } = wrapper!.carried;
    const carried = certificates.map((der) => Buffer.from(der).toString('hex'));
    for (const { der } of signerPath) t.ok(carried.includes(Buffer.from(der).toString('hex')));
    const told = ocsps.filter((der) => Buffer.from(der).includes(Buffer.from(signerPath[0]!.serial)));
    t.ok(told.length > 0, 'an answer about the signer');
    const events = await listPreservationEvents(db, 'other', new Date(0), 10);
    t.ok(events.some(({ type, detail }) => type === 'added' && detail?.code === 'preserve/added'));
  });

  await t.test('before its end it gets a time-stamp, under the same id', async (t) => {
    clock.set('2028-10-10T12:00:00Z');
    const [first, second] = await Promise.all([preserveDue(context), preserveDue(context)]);
    t.ok(first.renewed + second.renewed >= 3, 'two at once do not spoil each other');
    const found = await archive.getDocument(demo, 'pdf');
    t.ok(Buffer.from(found.bytes).subarray(0, pdf.length).equals(pdf), 'the PDF has grown');
    t.match(await findPreserved(db, 'pdf'), { level: 'LTA', renewals: 1 });
    t.same((await archive.getDocument(demo, packageId)).bytes, original.bytes, 'the package is unchanged');
    const row = await findPreserved(db, packageId);
    t.match(row, { level: 'LTA', renewals: 1 });
    const proof = Buffer.from(await blobs.read(row!.proofSha256!)).toString();
    t.match(proof, /MimeType="application\/x-ltv-sdo"/);
    clock.advance(2 * DAY);
    await deleteUnusedBlobs(context);
    t.ok(await blobs.has(row!.proofSha256!), 'the proof stays in the store');
  });

  await t.test(
    'without an authority that lasts longer it fails, is told of, and is tried again',
    async (t) => {
      await preserveDue(context);
      const row = await findPreserved(db, 'pdf');
      t.match(row, { level: 'LTA', renewals: 1, problem: { code: 'PRESERVATION_NO_GAIN' } });
      const before = row!.failures;
      clock.advance(DAY);
      await preserveDue(context);
      t.equal((await findPreserved(db, 'pdf'))?.failures, before + 1);
      const events = await listPreservationEvents(db, 'demo', new Date(0), 100);
      t.equal(events.filter(({ archiveId, type }) => archiveId === 'pdf' && type === 'failed').length, 1);
      const text = await report(context, { service: 'demo', json: false }, new Date(0));
      t.match(text, /Problems:[^]*pdf: A new time-stamp[^]*renewed pdf/);
      const all = await report(context, { service: undefined, json: true }, new Date(0));
      t.match(JSON.parse(all), { counts: Array, problems: Array, events: Array });
      const service = demo.service;
      t.same(await archive.removeDocuments({ service }, ['pdf', randomBytes(4).toString('hex')]), ['pdf']);
      t.notOk(await findPreserved(db, 'pdf'), 'what the service removed is not preserved');
      await archive.removeDocuments({ service }, [packageId, 'broken']);
      const emptied = await report(context, { service, json: false }, new Date(0));
      t.match(emptied, /^demo\n[^]*renewed pdf[^]*Calendar of algorithms: .*algorithms\.json/);
    },
  );
});
