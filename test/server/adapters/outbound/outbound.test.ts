import type { LookupAddress } from 'node:dns';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { isSeglError } from '@segl/problem/errors';
import { addressRule } from '@segl/server/adapters/outbound/addresses';
import { createOutbound, type Outbound, type OutboundOptions } from '@segl/server/adapters/outbound/outbound';

const LOOPBACK = ['127.0.0.0/8'];

function open(t: Test, options: Partial<OutboundOptions> = {}): Outbound {
  const outbound = createOutbound({ allow: [], timeoutMs: 2_000, ...options });
  t.teardown(() => outbound.close());
  return outbound;
}

/** A receiver that keeps every byte it gets and answers 200 to each request. */
async function rawReceiver(t: Test): Promise<{ port: number; received: () => string }> {
  let text = '';
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { port: (server.address() as AddressInfo).port, received: () => text };
}

async function httpReceiver(t: Test, listener: RequestListener): Promise<number> {
  const server = createHttpServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** A resolver that gives each question the next of these answers. */
function resolver(...answers: string[][]): NonNullable<OutboundOptions['lookup']> {
  let question = 0;
  const lookup = (
    _name: string,
    _options: object,
    callback: (error: null, addresses: LookupAddress[]) => void,
  ): void => {
    const addresses = answers[Math.min(question++, answers.length - 1)] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return lookup as unknown as NonNullable<OutboundOptions['lookup']>;
}

t.test('internal addresses are refused in every spelling', async (t) => {
  const { port, received } = await rawReceiver(t);
  const outbound = open(t);
  const hosts = [
    ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001'],
    ...['127.0.0.1.', '１２７.0.0.1', '127。0。0。1', '0', '0.0.0.0', 'localhost', 'LOCALHOST'],
    ...[
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '198.18.0.1',
    ],
    ...['192.0.0.1', '192.0.2.1', '203.0.113.9', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
    ...['[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::127.0.0.1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ...[
      '[::ffff:0:127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '[64:ff9b:1::7f00:1]',
      '[2002:7f00:1::]',
      '[2001:0:7f00:1::]',
    ],
    ...[
      '[fe80::1]',
      '[fc00::1]',
      '[fd00:ec2::254]',
      '[ff02::1]',
      '[2001:db8::1]',
      '[3fff::1]',
      '[5f00::1]',
      '[100::1]',
    ],
  ];
  for (const host of hosts) {
    const error = await outbound.get(`http://${host}:${port}/`).catch((error: unknown) => error);
    t.ok(isSeglError(error, 'OUTBOUND_REFUSED'), host);
  }
  t.equal(received(), '', 'nothing arrived');
});

t.test('what is not a plain http address is refused', async (t) => {
  const outbound = open(t, { allow: ['0.0.0.0/0', '::/0'] });
  const urls = [
    ...[
      'ftp://127.0.0.1/',
      'file:///etc/passwd',
      'gopher://127.0.0.1/',
      'javascript:alert(1)',
      'unix:/run/x',
    ],
    ...['http:127.0.0.1', '//127.0.0.1/', '/path', '', 'http://', 'http:///x', 'http://[::1', 'http://a b/'],
    ...[
      'http://user@127.0.0.1/',
      'http://user:pw@127.0.0.1/',
      'http://example.com@127.0.0.1/',
      'http://@127.0.0.1/',
    ],
    ...['http://127.0.0.1:99999/', 'http://ex\nample.com/', 'http://exam%00ple.com/'],
  ];
  for (const url of urls) {
    const error = await outbound.get(url).catch((error: unknown) => error);
    t.ok(isSeglError(error, 'OUTBOUND_REFUSED'), JSON.stringify(url));
    if (error instanceof Error)
      t.notMatch(error.message, /pw|passwd|alert/, 'the text holds nothing but the host');
  }
});

t.test('a name is judged when the connection is made', async (t) => {
  const { port, received } = await rawReceiver(t);
  for (const addresses of [['127.0.0.1'], ['10.1.2.3', '::1'], ['::ffff:127.0.0.1'], ['169.254.169.254']]) {
    const outbound = open(t, { lookup: resolver(addresses) });
    await t.rejects(
      outbound.get(`http://rebind.example:${port}/`),
      { code: 'OUTBOUND_REFUSED' },
      addresses.join(),
    );
  }
  const rebinding = open(t, { lookup: resolver(['127.0.0.1'], ['127.0.0.1']), allow: ['127.0.0.2'] });
  await t.rejects(rebinding.get(`http://rebind.example:${port}/`), { code: 'OUTBOUND_REFUSED' });
  t.equal(received(), '');

  const mixed = open(t, { lookup: resolver(['10.0.0.1', '127.0.0.1']), allow: LOOPBACK });
  t.match(await mixed.get(`http://mixed.example:${port}/x`), { status: 200 }, 'only good ones are tried');
  t.match(received(), /^GET \/x HTTP\/1\.1\r\nhost: mixed\.example:/i);
});

t.test('the allow list opens what it names and no more', async (t) => {
  const { port } = await rawReceiver(t);
  t.match(await open(t, { allow: ['127.0.0.1'] }).get(`http://127.0.0.1:${port}/`), { status: 200 });
  t.match(await open(t, { allow: LOOPBACK }).get(`http://localhost:${port}/`), { status: 200 });
  await t.rejects(open(t, { allow: ['127.0.0.2/32'] }).get(`http://127.0.0.1:${port}/`), {
    code: 'OUTBOUND_REFUSED',
  });
  await t.rejects(open(t, { allow: LOOPBACK }).get(`http://[::ffff:127.0.0.1]:${port}/`), {
    code: 'OUTBOUND_REFUSED',
  });
  for (const wrong of ['loopback', '10.0.0.0/33', '10.0.0.0/x', '10.0.0/8', '']) {
    t.throws(() => createOutbound({ allow: [wrong], timeoutMs: 1 }), { code: 'CONFIG_INVALID' }, wrong);
  }
  const rule = addressRule([]);
  for (const good of ['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450::1']) {
    t.ok(rule(good), good);
  }
  t.notOk(rule('not an address'));
});

t.test('path and query go over the wire byte for byte', async (t) => {
  const { port, received } = await rawReceiver(t);
  const outbound = open(t, { allow: LOOPBACK });
  const paths = [
    ...[
      '/',
      '/a/../b/./c',
      '//double//slash',
      '/%7euser/%2F%2f',
      '/a;b=c',
      '/x?',
      '/x?b=2&a=1&a=0',
      '/x?a=b?c',
    ],
    ...[
      '/q?u=http://x/?y&z',
      '/back\\slash',
      '/"quoted"<>^`{|}',
      '/+plus?x=a+b',
      '/%',
      '/%zz?%u00e6',
      "/it's(*)!~",
    ],
  ];
  for (const path of paths) await outbound.get(`http://127.0.0.1:${port}${path}`);
  const seen = [...received().matchAll(/^GET (.*) HTTP\/1\.1\r$/gm)].map((match) => match[1]);
  t.same(seen, paths);
});

t.test('only what cannot stand in a request line is encoded, and a fragment stays at home', async (t) => {
  const { port, received } = await rawReceiver(t);
  const outbound = open(t, { allow: LOOPBACK });
  const pairs = [
    ['?x=1', '/?x=1'],
    ['', '/'],
    ['#frag', '/'],
    ['/x?a=1#frag?b', '/x?a=1'],
    ['/blå bær?ø=漢&😀', '/bl%C3%A5%20b%C3%A6r?%C3%B8=%E6%BC%A2&%F0%9F%98%80'],
    ['/a\r\nX-Evil: 1\r\n\r\nb', '/a%0D%0AX-Evil:%201%0D%0A%0D%0Ab'],
    ['/tab\there\u007f', '/tab%09here%7F'],
  ] as const;
  for (const [given] of pairs) await outbound.get(`http://127.0.0.1:${port}${given}`);
  await outbound.get(`  HTTP://127.0.0.1:${port}/trimmed \n`);
  const seen = [...received().matchAll(/^GET (.*) HTTP\/1\.1\r$/gm)].map((match) => match[1]);
  t.same(seen, [...pairs.map(([, wire]) => wire), '/trimmed']);
  t.notMatch(received(), /^X-Evil/im);
});

t.test('redirects are not followed', async (t) => {
  let hits = 0;
  const port = await httpReceiver(t, (request, response) => {
    hits++;
    response.writeHead(302, { location: request.url === '/a' ? '/b' : '/a' }).end();
  });
  t.match(await open(t, { allow: LOOPBACK }).get(`http://127.0.0.1:${port}/a`), { status: 302 });
  t.equal(hits, 1);
});

t.test('answers are bounded in size and in time', async (t) => {
  const hanging = new Set<Socket>();
  const port = await httpReceiver(t, (request, response) => {
    if (request.url === '/silent') return;
    if (request.url === '/slow') {
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 100);
      response.on('close', () => clearInterval(timer));
      return;
    }
    hanging.add(request.socket);
    response.writeHead(200);
    const chunk = Buffer.alloc(65_536);
    const pump = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', pump);
    pump();
  });
  const outbound = open(t, { allow: LOOPBACK, timeoutMs: 500 });
  for (const path of ['/silent', '/slow']) {
    const started = performance.now();
    await t.rejects(outbound.get(`http://127.0.0.1:${port}${path}`), {
      code: 'OUTBOUND_FAILED',
      message: /no answer in 500 ms/,
    });
    t.ok(performance.now() - started < 1_500, path);
  }
  const patient = open(t, { allow: LOOPBACK, timeoutMs: 5_000 });
  const endless = await patient.get(`http://127.0.0.1:${port}/endless`);
  t.equal(endless.status, 200);
  t.ok(endless.body.length <= 65_536);
  await t.rejects(patient.post(`http://127.0.0.1:${port}/endless`, 'x', 'text/plain'), {
    code: 'OUTBOUND_FAILED',
    message: /larger than/,
  });
});

t.test('a POST carries its body and brings the answer back', async (t) => {
  const port = await httpReceiver(t, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(201, { 'content-type': 'application/ocsp-response', 'retry-after': '7' });
      response.end(Buffer.concat([Buffer.from(`${request.headers['content-type']}:`), ...chunks]));
    });
  });
  const answer = await open(t, { allow: LOOPBACK }).post(
    `http://127.0.0.1:${port}/ocsp`,
    new Uint8Array([1, 2, 3]),
    'application/ocsp-request',
  );
  t.match(answer, { status: 201, contentType: 'application/ocsp-response', retryAfter: '7' });
  t.equal(Buffer.from(answer.body).toString('latin1'), 'application/ocsp-request:\x01\x02\x03');
});

t.test('a proxy in the environment is not used, and a closed port is a failure', async (t) => {
  const { port, received } = await rawReceiver(t);
  process.env['HTTP_PROXY'] = process.env['http_proxy'] = `http://127.0.0.1:${port}`;
  t.teardown(() => {
    delete process.env['HTTP_PROXY'];
    delete process.env['http_proxy'];
  });
  const closed = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
  await t.rejects(open(t, { allow: LOOPBACK }).get(`http://127.0.0.1:${closed}/secret?token=1`), {
    code: 'OUTBOUND_FAILED',
    message: new RegExp(`^The request to 127\\.0\\.0\\.1:${closed} failed: ECONNREFUSED\\.`),
  });
  t.equal(received(), '');
});
