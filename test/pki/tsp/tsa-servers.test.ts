/** Time-stamp authorities as servers on the loopback address: those that hang, refuse or answer wrongly, and good ones. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import type { NewDigest } from '@segl/pki/algorithms/algorithm-constraints';
import { buildTimeStampRequest, createTimestamper } from '@segl/pki/tsp/tsa';
import { failover } from '@segl/pki/tsp/tsa-failover';
import { verifyTimeStampToken } from '@segl/pki/tsp/timestamp';
import { ManualClock } from '@segl/problem/clock';
import { createOutbound } from '@segl/server/adapters/outbound/outbound';
import { answerTimestamp } from '@segl/sandbox/pki/tsa';
import { createTestPki, POLICY, TEST_TIME } from '../../support/signatures/test-pki.ts';

const TIMEOUT_MS = 700;
const pki = createTestPki();
const clock = new ManualClock(TEST_TIME);
const digest = createHash('sha256').update('x').digest();

type Answer = (request: Buffer, response: ServerResponse) => Promise<void> | void;

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

const granting =
  ({ aheadMs = 0, asked = (request: Buffer): Uint8Array => request } = {}): Answer =>
  async (request, response) => {
    const answer = await answerTimestamp(asked(request), {
      key: pki.tsaKey,
      now: new Date(clock.now().getTime() + aheadMs),
      policyOid: POLICY,
      serial: randomBytes(8),
    });
    response.setHeader('content-type', 'application/timestamp-reply').end(answer);
  };
const good = granting();
const hanging: Answer = () => undefined;
const wrongNonce = granting({ asked: () => buildTimeStampRequest(digest, randomBytes(16)) });
const refusing: Answer = async (_, response) => {
  const answer = await answerTimestamp(Buffer.from('3000', 'hex'), {
    key: pki.tsaKey,
    now: TEST_TIME,
    policyOid: POLICY,
    serial: 1,
  });
  response.setHeader('content-type', 'application/timestamp-reply').end(answer);
};
const overloaded: Answer = (_, response) => void response.writeHead(503).end('later');
const cutOff: Answer = (_, response) => void response.destroy();

/** Servers in this order as one authority. */
async function behind(test: Pick<typeof t, 'teardown'>, ...answers: Answer[]) {
  return behindBy('sha256', test, ...answers);
}

/** The same, asked for time-stamps by that digest algorithm. */
async function behindBy(hash: NewDigest, test: Pick<typeof t, 'teardown'>, ...answers: Answer[]) {
  const counts = answers.map(() => 0);
  const heard: string[] = [];
  clock.set(TEST_TIME);
  const outbound = createOutbound({ allow: ['127.0.0.1/32'], timeoutMs: TIMEOUT_MS });
  test.teardown(() => outbound.close());
  const urls = await Promise.all(
    answers.map(async (answer, index) => {
      const server = createServer((request, response) => {
        counts[index]! += 1;
        void read(request).then((body) => answer(body, response));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      test.teardown(() => {
        server.closeAllConnections();
        server.close();
      });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    }),
  );
  const anchors = [pki.root.certificate.der];
  const post = (url: string, body: Uint8Array, type: string) => outbound.post(url, body, type);
  const timestamp = failover(
    urls.map((url) => ({ url, timestamp: createTimestamper({ url, anchors, post, clock, hash }) })),
    { clock, onFailure: (_, why) => heard.push(why.code) },
  );
  return { counts, heard, timestamp };
}

t.test('one that hangs, one with another nonce, one that refuses: the fourth is taken', async (t) => {
  const { timestamp, counts, heard } = await behind(t, hanging, wrongNonce, refusing, good);
  t.equal(verifyTimeStampToken(await timestamp(() => digest), digest).genTime.getTime(), TEST_TIME.getTime());
  t.same(counts, [1, 1, 1, 1]);
  t.match(heard, ['tsa/no-answer', 'tsa/other-request', 'TIMESTAMP_INVALID']);
});

t.test('HTTP errors and broken connections', async (t) => {
  const { timestamp, heard } = await behind(t, overloaded, cutOff, good);
  t.ok(await timestamp(() => digest));
  t.match(heard, ['tsa/http-status', 'tsa/no-answer']);
});

t.test('one that hangs costs its time once, not with every time-stamp', async (t) => {
  const { timestamp, counts } = await behind(t, hanging, good);
  for (let minute = 0; minute < 60; minute++) {
    await timestamp(() => digest);
    clock.advance(60_000);
  }
  t.same(counts, [6, 60], 'after 1, 2, 4, 8, 16 and 32 minutes');
});

t.test('none answers well', async (t) => {
  const { timestamp } = await behind(t, hanging, wrongNonce);
  const told = { code: 'TSA_FAILED', message: /does not answer; it answers another request/ };
  await t.rejects(
    timestamp(() => digest),
    told,
  );
});

t.test('one whose clock is behind the time-stamp before is passed over', async (t) => {
  const [ahead, late] = [4, -4].map((minutes) => granting({ aheadMs: minutes * 60_000 }));
  const { timestamp, heard } = await behind(t, late!, ahead!);
  const notBefore = new Date(TEST_TIME.getTime() + 4 * 60_000);
  const token = await timestamp(() => digest, notBefore);
  t.same(verifyTimeStampToken(token, digest).genTime, notBefore);
  t.match(heard, ['tsa/clock-behind']);
});

t.test('other digests', async (t) => {
  for (const hash of ['sha384', 'sha512'] as const) {
    const { timestamp } = await behindBy(hash, t, good);
    const digestBy = (by: string): Uint8Array => createHash(by).update('x').digest();
    const stamp = verifyTimeStampToken(await timestamp(digestBy), digestBy);
    t.match(stamp, { imprintAlgorithm: hash, algorithm: { digest: hash } });
  }
});
