/** Time-stamps of authorities whose clocks differ: none may be older than one that it is over. */
import { builtIn } from '@segl/identity/methods/index';
import t from 'tap';
import { createWorld } from '../../../../conformance/world.ts';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { raisePades } from '@segl/ades/pades/levels';
import { addSignature } from '@segl/ades/pades/sign';
import type { LongTermServices } from '@segl/pki/tsp/long-term-services';
import type { Timestamper } from '@segl/pki/algorithms/signing-key';
import { raise } from '@segl/ades/xades/levels';
import { openXades } from '@segl/ades/xades/read';
import { signXades } from '@segl/ades/xades/sign';
import { ManualClock } from '@segl/problem/clock';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { verifyEvidencePdf, verifyEvidenceXades } from '@segl/identity/evidence/verify';
import { failover } from '@segl/pki/tsp/tsa-failover';
import { createTimestamper } from '@segl/pki/tsp/tsa';
import { validateEvidence } from '@segl/identity/evidence/validate';
import { makePdf } from '../../../support/pdf/pdf.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const MINUTE = 60_000;
const clock = new ManualClock(new Date(NOW).toISOString());
const world = createWorld(clock);
const anchors = [world.anchor];
const trust = { sealAnchors: anchors, tsaAnchors: anchors };
const key = world.signer('P-256', 'Seal');
const now = { now: () => new Date(NOW) };

/** An authority whose clock is off. */
function authority(offMs: number): Timestamper {
  const post: typeof world.post = async (...request) => {
    clock.set(new Date(NOW + offMs).toISOString());
    try {
      return await world.post(...request);
    } finally {
      clock.set(new Date(NOW).toISOString());
    }
  };
  return createTimestamper({ url: `http://tsa.test/${offMs}`, anchors, post, clock: now });
}

const [early, late] = [authority(4 * MINUTE), authority(-4 * MINUTE)];

const using = (timestamp: Timestamper): LongTermServices => ({ ...world.services, timestamp });
/** As authorities were asked that do not look at what came before. */
const careless: Timestamper = (digestBy) => late(digestBy);

async function pdf(then: Timestamper): Promise<Uint8Array> {
  const file = IncrementalFile.of(await makePdf(1));
  const signing = { attachments: [], key, signerName: 'Seal', signingTime: now.now() };
  await addSignature(file, { ...signing, timestamper: early });
  await raisePades(file, 'LTA', using(then));
  return file.bytes;
}

async function xades(then: Timestamper): Promise<Uint8Array> {
  const data = [{ form: 'enveloping' as const, bytes: Buffer.from('Aftale'), mimeType: 'text/plain' }];
  const parts = await signXades({ key, signingTime: now.now(), data });
  return raise(openXades(await raise(parts, 'T', using(early))), 'LTA', using(then));
}

const kinds = [
  { name: 'PAdES', make: pdf, verify: (bytes: Uint8Array) => verifyEvidencePdf(bytes, trust) },
  { name: 'XAdES', make: xades, verify: (bytes: Uint8Array) => verifyEvidenceXades(bytes, 'LTA', trust) },
];

for (const { name, make, verify } of kinds) {
  t.test(name, async (t) => {
    const wrong = await make(careless);
    const refusal = { code: 'EVIDENCE_INVALID', message: /older than one that it is over/ };
    t.throws(() => verify(wrong), refusal);
    const at = new Date(NOW + 60 * MINUTE);
    const own = { methods: { nemid: ocesEnvironment('production') }, seal: anchors, tsa: anchors };
    const { report } = await validateEvidence({ modules: builtIn, bytes: wrong, trust: own, at });
    t.match(report, { indication: 'INDETERMINATE', subIndication: 'TIMESTAMP_ORDER_FAILURE' });

    await t.rejects(make(late), { code: 'TSA_FAILED', message: /a time-stamp that this one is over/ });

    const heard: string[] = [];
    const both = failover(
      [
        { url: 'late', timestamp: late },
        { url: 'early', timestamp: early },
      ],
      { clock: now, onFailure: (url) => heard.push(url) },
    );
    const good = await make(both);
    t.same(heard, ['late'], 'the next authority is asked');
    t.equal(verify(good).level, 'LTA');
    const judged = await validateEvidence({ modules: builtIn, bytes: good, trust: own, at });
    t.equal(judged.report.indication, 'TOTAL-PASSED');
  });
}
