import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import {
  callbackUrl,
  deliverCallback,
  webhookHeaders,
  webhookSignature,
} from '@segl/server/adapters/outbound/callback';
import { createOutbound, type Outbound } from '@segl/server/adapters/outbound/outbound';

const now = new Date('2026-05-04T10:00:00.900Z');

/** The error of a request that came to nothing, and why it did. */
const because = (code: string, why: string) => ({ code, params: { why: { code: why } } });

t.test('requestId and taskId are appended, everything else stays byte for byte', async (t) => {
  const cases = [
    ['http://x/cb', 'http://x/cb?requestId=R&taskId=T'],
    ['http://x', 'http://x?requestId=R&taskId=T'],
    ['http://x/cb?', 'http://x/cb?requestId=R&taskId=T'],
    ['http://x/cb?b=2&a=1', 'http://x/cb?b=2&a=1&requestId=R&taskId=T'],
    ['http://x/cb?b=2&', 'http://x/cb?b=2&requestId=R&taskId=T'],
    ['http://x/cb?orgname=a%20b+c', 'http://x/cb?orgname=a%20b+c&requestId=R&taskId=T'],
    ['http://x/cb?a=1#top', 'http://x/cb?a=1&requestId=R&taskId=T#top'],
    ['http://x/cb#a?b', 'http://x/cb?requestId=R&taskId=T#a?b'],
    ['http://x/a/../b//c?x=http://y/?z', 'http://x/a/../b//c?x=http://y/?z&requestId=R&taskId=T'],
    ['http://x/cb?requestId=mine', 'http://x/cb?requestId=mine&requestId=R&taskId=T'],
    ['HTTPS://X.Example:443/%7e?é', 'HTTPS://X.Example:443/%7e?é&requestId=R&taskId=T'],
    ['\n http://x/cb \n', 'http://x/cb?requestId=R&taskId=T'],
  ] as const;
  for (const [recipient, expected] of cases) t.equal(callbackUrl(recipient, 'R', 'T'), expected);
  t.equal(callbackUrl('http://x/cb', 'R'), 'http://x/cb?requestId=R');
  t.equal(callbackUrl('http://x/cb', 'R', 'a&b=c#d'), 'http://x/cb?requestId=R&taskId=a%26b%3Dc%23d');
});

interface Receiver {
  readonly url: string;
  readonly requests: { url: string; method: string; headers: IncomingHttpHeaders }[];
  answer: (response: ServerResponse) => void;
}

async function receiver(t: Test): Promise<Receiver> {
  const requests: Receiver['requests'] = [];
  const server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', method: request.method ?? '', headers: request.headers });
    state.answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const state: Receiver = {
    url: `http://127.0.0.1:${port}/cb?orgname=acme`,
    requests,
    answer: (response) => void response.writeHead(200).end(),
  };
  return state;
}

function outbound(t: Test): Outbound {
  const client = createOutbound({ allow: ['127.0.0.0/8'], timeoutMs: 1_000 });
  t.teardown(() => client.close());
  return client;
}

t.test('any 2xx is delivered; the request carries the webhook headers', async (t) => {
  const target = await receiver(t);
  const client = outbound(t);
  const callback = { deliveryId: 'd1', recipient: target.url, requestId: 'R', taskId: 'T' };
  for (const status of [200, 202, 204, 299]) {
    target.answer = (response) => void response.writeHead(status).end();
    t.same(await deliverCallback(client, callback, now), { kind: 'delivered', status });
  }
  t.match(target.requests[0], {
    method: 'GET',
    url: '/cb?orgname=acme&requestId=R&taskId=T',
    headers: { 'webhook-id': 'd1', 'webhook-timestamp': '1777888800', 'user-agent': 'Segl' },
  });
  t.notOk(target.requests[0]?.headers['webhook-signature'], 'no secret, no signature');
});

t.test('other answers are tried again, with the patience the receiver asks for; 410 stops', async (t) => {
  const target = await receiver(t);
  const client = outbound(t);
  const callback = { deliveryId: 'd1', recipient: target.url, requestId: 'R' };
  const cases: [number, string | undefined, object][] = [
    [
      500,
      undefined,
      { kind: 'retry', waitMs: 0, why: { code: 'delivery/answered', params: { status: 500 } } },
    ],
    [301, undefined, { kind: 'retry', waitMs: 0 }],
    [404, undefined, { kind: 'retry', waitMs: 0 }],
    [503, '120', { kind: 'retry', waitMs: 120_000 }],
    [429, 'Mon, 04 May 2026 10:05:00 GMT', { kind: 'retry', waitMs: 299_100 }],
    [429, 'Mon, 04 May 2026 09:00:00 GMT', { kind: 'retry', waitMs: 0 }],
    [429, '99999999', { kind: 'retry', waitMs: 86_400_000 }],
    [429, 'soon', { kind: 'retry', waitMs: 0 }],
    [410, '5', { kind: 'stop', why: { code: 'delivery/answered', params: { status: 410 } } }],
  ];
  for (const [status, retryAfter, expected] of cases) {
    target.answer = (response) =>
      void response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end();
    t.match(await deliverCallback(client, callback, now), expected, `${status} ${retryAfter ?? ''}`);
  }
});

t.test('a receiver that is down, slow or internal is tried again', async (t) => {
  const target = await receiver(t);
  target.answer = () => undefined;
  const callback = { deliveryId: 'd1', recipient: target.url, requestId: 'R' };
  t.match(await deliverCallback(outbound(t), callback, now), {
    kind: 'retry',
    why: because('OUTBOUND_FAILED', 'outbound/no-answer'),
  });
  const strict = createOutbound({ allow: [], timeoutMs: 1_000 });
  t.teardown(() => strict.close());
  t.match(await deliverCallback(strict, callback, now), {
    kind: 'retry',
    why: because('OUTBOUND_REFUSED', 'outbound/internal-address'),
  });
  const odd = { ...callback, recipient: 'mailto:someone@example.com' };
  t.match(await deliverCallback(strict, odd, now), {
    kind: 'retry',
    why: because('OUTBOUND_REFUSED', 'outbound/not-http'),
  });
});

t.test('signatures are those of Standard Webhooks 1.0.0', async (t) => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  t.equal(
    webhookSignature(secret, id, '1614265330', '{"test": 2432232314}'),
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
  const both = webhookHeaders({ deliveryId: id, secrets: [secret, 'whsec_AAAA'] }, now)['webhook-signature'];
  t.equal(
    both,
    `${webhookSignature(secret, id, '1777888800', '')} ${webhookSignature('AAAA', id, '1777888800', '')}`,
  );
});
