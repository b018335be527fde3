/** The digest algorithm of evidence ends: it is renewed by another one before that, and holds afterwards. */
import { builtIn } from '@segl/identity/methods/index';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createWorld } from '../../../../conformance/world.ts';
import {
  readCalendar,
  SHIPPED_CALENDAR,
  type AlgorithmCalendar,
} from '@segl/pki/algorithms/algorithm-constraints';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { raisePades } from '@segl/ades/pades/levels';
import { addSignature } from '@segl/ades/pades/sign';
import { raise } from '@segl/ades/xades/levels';
import { signXades } from '@segl/ades/xades/sign';
import { ManualClock } from '@segl/problem/clock';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { judgeProof, renewProof, type Preserved } from '@segl/server/application/packaging/proof';
import { validateEvidence } from '@segl/identity/evidence/validate';
import { makePdf } from '../../../support/pdf/pdf.ts';
import { trusting } from '../../../support/server/methods.ts';

const DAY = 86_400_000;
const END = '2030-01-01T00:00:00Z';
const LATER = new Date('2031-06-01T12:00:00Z');

const folder = mkdtempSync(join(tmpdir(), 'segl-algorithms-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** The shipped calendar with other ends of digests. */
function calendar(ends: Readonly<Record<string, string | null>>): AlgorithmCalendar {
  const file = join(folder, `${Object.keys(ends).join('-')}.json`);
  const { digests, keys } = SHIPPED_CALENDAR.table;
  writeFileSync(file, JSON.stringify({ keys, digests: { ...digests, ...ends } }));
  return readCalendar(file);
}

/** What a service with this calendar makes, and what a service with another, or the same later on, finds and does. */
async function evidence(clock: ManualClock, certified: 'sha256' | 'sha512', before = SHIPPED_CALENDAR) {
  const world = createWorld(clock, { digest: certified });
  const own = world.withDigest(before.newDigest());
  const { services } = own;
  const key = own.signer('P-256', 'Seal');
  const signingTime = clock.now();
  const file = IncrementalFile.of(await makePdf(1));
  const timestamper = services.timestamp;
  await addSignature(file, { attachments: [], key, signerName: 'Seal', signingTime, timestamper });
  await raisePades(file, 'LTA', services);
  const data = [{ form: 'enveloping' as const, bytes: Buffer.from('Aftale'), mimeType: 'text/plain' }];
  const xades = await raise(await signXades({ key, signingTime, data }), 'LTA', services);
  const other: Preserved = { kind: 'other', bytes: Buffer.from('from outside') };
  const kept: Preserved[] = [
    { kind: 'pades', bytes: file.bytes },
    { kind: 'xades', bytes: xades },
    await renewProof(other, { services, key, now: clock.now() }),
  ];
  const trust = { sealAnchors: [world.anchor], tsaAnchors: [world.anchor], signers: trusting([]) };
  const judge = async (algorithms: AlgorithmCalendar, { bytes, wrapper }: Preserved, at: Date) => {
    const anchors = { seal: [world.anchor], tsa: [world.anchor] };
    const environment = ocesEnvironment('production');
    const { report } = await validateEvidence({
      modules: builtIn,
      bytes: wrapper ?? bytes,
      trust: { methods: { nemid: environment }, ...anchors },
      at,
      algorithms,
    });
    return report;
  };
  const by = (algorithms: AlgorithmCalendar) => ({
    trust: { ...trust, algorithms },
    judge: (one: Preserved, at: Date) => judge(algorithms, one, at),
    tools: () => ({
      services: world.withDigest(algorithms.newDigest()).services,
      key: { ...key, hash: algorithms.newDigest() },
      now: clock.now(),
    }),
  });
  return { kept, by };
}

t.test('new digests are those that are relied on longest, the shortest of them', (t) => {
  t.equal(SHIPPED_CALENDAR.newDigest(), 'sha256');
  t.equal(calendar({ sha256: END }).newDigest(), 'sha384');
  t.equal(calendar({ sha256: END, sha384: '2029-01-01T00:00:00Z' }).newDigest(), 'sha512');
  t.equal(calendar({ sha256: '2040-01-01T00:00:00Z', sha384: END, sha512: END }).newDigest(), 'sha256');
  t.end();
});

t.test('a calendar that cannot be used is refused', (t) => {
  const bad = join(folder, 'bad.json');
  for (const content of [
    '{',
    'null',
    '{"digests":{"sha256":"soon"},"keys":[]}',
    '{"digests":{},"keys":[1]}',
  ]) {
    writeFileSync(bad, content);
    t.throws(() => readCalendar(bad), { code: 'ALGORITHMS_INVALID' }, content);
  }
  t.throws(() => readCalendar(join(folder, 'missing.json')), { code: 'ALGORITHMS_INVALID' });
  t.end();
});

for (const ended of [['sha256'], ['sha256', 'sha384']]) {
  t.test(`${ended.join(' and ')} end`, async (t) => {
    const clock = new ManualClock('2026-11-20T12:00:00Z');
    const { kept, by } = await evidence(clock, 'sha512');
    const { trust, judge, tools } = by(calendar(Object.fromEntries(ended.map((digest) => [digest, END]))));
    for (const one of kept) {
      const { until, because } = judgeProof(one, trust);
      t.same(until, new Date(END), one.kind);
      t.match(because, { code: /^proof\/digest/, params: { digest: 'sha256' } });
      t.match(await judge(one, clock.now()), { indication: 'TOTAL-PASSED' });
    }
    clock.set(new Date(Date.parse(END) - 90 * DAY).toISOString());
    const digest = ended.includes('sha384') ? 'sha512' : 'sha384';
    for (const one of kept) {
      const left = await judge(one, LATER);
      t.match(left, { indication: 'INDETERMINATE' }, `${one.kind} that was not renewed`);
      const renewed = await renewProof(one, tools());
      const proof = judgeProof(renewed, trust);
      t.equal(proof.level, 'LTA');
      t.ok(proof.until === undefined || proof.until > LATER, `${one.kind}: ${proof.because?.code}`);
      const report = await judge(renewed, LATER);
      t.equal(report.indication, 'TOTAL-PASSED', `${one.kind}, renewed by ${digest}`);
      t.match(report.signatures[0]?.timestamps.at(-1), { indication: 'TOTAL-PASSED' });
      const again = await renewProof(renewed, tools());
      t.equal((await judge(again, LATER)).indication, 'TOTAL-PASSED', 'and once more');
    }
  });
}

t.test('an authority whose certificates are signed by what ends gains nothing', async (t) => {
  const clock = new ManualClock('2026-11-20T12:00:00Z');
  const { kept, by } = await evidence(clock, 'sha256');
  const { trust, judge, tools } = by(calendar({ sha256: END }));
  clock.set(new Date(Date.parse(END) - 90 * DAY).toISOString());
  const renewed = await renewProof(kept[0]!, tools());
  t.same(judgeProof(renewed, trust).until, new Date(END));
  t.match(judgeProof(renewed, trust).because, { code: 'proof/digest-of-certificate' });
  t.match(await judge(renewed, LATER), { indication: 'INDETERMINATE' });
});

t.test('new seals are made by what lasts, and hold', async (t) => {
  const algorithms = calendar({ sha256: END });
  const clock = new ManualClock('2031-01-20T12:00:00Z');
  const { kept, by } = await evidence(clock, 'sha512', algorithms);
  const { trust, judge } = by(algorithms);
  for (const one of kept) {
    t.equal(judgeProof(one, trust).level, 'LTA');
    t.match(await judge(one, LATER), { indication: 'TOTAL-PASSED' }, one.kind);
  }
});
