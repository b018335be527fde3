import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { openPlugins } from '../../../support/server/plugins.ts';
import { RawConnection } from '../../../support/server/raw-http.ts';

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const authorization = basic('demo', 'Bond007');

t.test('upload, download, delete', async (t) => {
  const { base, api } = await openPlugins(t);
  for (const path of ['/doc/demo/sds', '/doc/demo/sds/', "/doc/demo/sds/'"]) {
    for (const contentType of [
      'application/pdf',
      'text/plain;charset=utf8',
      'application/json',
      'text/html',
      'application/x-ltv-sdo',
    ]) {
      const bytes = Buffer.from([0, 255, 13, 10, 128]);
      const upload = await fetch(base + path, {
        method: 'POST',
        headers: { authorization, 'content-type': contentType },
        body: bytes,
      });
      const id = await upload.text();
      t.equal(upload.status, 201);
      t.match(id, /^\d{8}[0-9a-z]{50}$/, 'the id and nothing else');
      t.equal(upload.headers.get('content-type'), 'text/plain;charset=ISO-8859-1');
      t.equal(upload.headers.get('location'), `${base}/doc/demo/sds/${id}`);

      const download = await fetch(`${base}/doc/demo/sds/${id}`, { headers: { authorization } });
      t.equal(download.status, 200);
      t.equal(download.headers.get('content-type'), contentType, 'to the letter');
      t.equal(download.headers.get('x-content-type-options'), 'nosniff');
      t.same(Buffer.from(await download.arrayBuffer()), bytes);

      const head = await fetch(`${base}/doc/demo/sds/${id}`, { method: 'HEAD', headers: { authorization } });
      t.match([head.status, head.headers.get('content-length'), await head.text()], [200, '5', '']);
    }
  }
  const [id = ''] = api.documents.keys();
  const remove = (): Promise<Response> =>
    fetch(`${base}/doc/demo/sds/${id}`, { method: 'DELETE', headers: { authorization } });
  t.equal((await remove()).status, 204);
  const again = await remove();
  t.equal(again.status, 404);
  t.equal(again.headers.get('segl-error'), 'SDS_UNKNOWN');
});

t.test('results of orders and archive, with any character in the ids', async (t) => {
  const { base, api } = await openPlugins(t);
  const task = `a/b?${'x'.repeat(300)}`;
  api.documents.set(`r/${task}/d ø/sdo`, {
    contentType: 'application/x-ltv-sdo',
    bytes: Buffer.from('<ltv/>'),
  });
  api.documents.set('arch', { contentType: 'application/x-pades', bytes: Buffer.from('%PDF') });
  const get = (path: string): Promise<Response> => fetch(base + path, { headers: { authorization } });

  const sdo = await get(`/doc/demo/order/r/${encodeURIComponent(task)}/d%20%C3%B8/sdo`);
  t.match(
    [sdo.status, sdo.headers.get('content-type'), await sdo.text()],
    [200, 'application/x-ltv-sdo', '<ltv/>'],
  );
  t.equal((await get(`/doc/demo/order/r/${encodeURIComponent(task)}/d%20%C3%B8/original`)).status, 404);
  api.documents.set(`r/${task}/d ø/generated`, {
    contentType: 'application/pdf',
    bytes: Buffer.from('%PDF-g'),
  });
  const generated = await get(`/doc/demo/order/r/${encodeURIComponent(task)}/d%20%C3%B8/generated`);
  t.equal(await generated.text(), '%PDF-g', 'the document made from a form');
  t.equal(await (await get('/doc/demo/archive/arch')).text(), '%PDF');
  t.equal((await get('/doc/demo/archive/none')).headers.get('segl-error'), 'ARCHIVE_UNKNOWN');
});

t.test('who is refused, and how', async (t) => {
  const { base } = await openPlugins(t);
  const ask = async (path: string, init: RequestInit): Promise<[number, string | null, string | null]> => {
    const reply = await fetch(base + path, init);
    t.match(reply.headers.get('content-type'), 'text/plain;charset=UTF-8');
    t.match(await reply.text(), /^[A-Z].*\.$/s, 'a sentence');
    return [reply.status, reply.headers.get('segl-error'), reply.headers.get('www-authenticate')];
  };
  const challenged = [401, 'CREDENTIALS_WRONG', 'Basic realm="Segl"'];
  t.same(await ask('/doc/demo/sds/1', {}), challenged);
  t.same(await ask('/doc/nowhere', {}), challenged, 'before anything is said about the address');
  for (const wrong of [
    basic('demo', 'x'),
    basic('nobody', 'Bond007'),
    'Bearer x',
    'Basic !',
    'Basic ZGVtbw==',
    basic('de\0mo', 'Bond007'),
  ]) {
    t.same(await ask('/doc/demo/sds/1', { headers: { authorization: wrong } }), challenged, wrong);
  }
  const headers = { authorization };
  t.same(await ask('/doc/other/sds/1', { headers }), [403, 'SERVICE_FOREIGN', null]);
  t.same(await ask('/doc/demo/nothing', { headers }), [404, 'DOCUMENT_ADDRESS_UNKNOWN', null]);
  t.same(await ask('/doc/demo/sds/%00', { headers }), [404, 'DOCUMENT_ADDRESS_UNKNOWN', null]);
  t.same(await ask('/doc/demo/sds', { headers }), [405, 'METHOD_NOT_ALLOWED', null]);
  t.same(await ask('/doc/demo/sds/1', { headers, method: 'PUT', body: 'x' }), [
    405,
    'METHOD_NOT_ALLOWED',
    null,
  ]);
  t.same(await ask('/doc/demo/archive/1', { headers, method: 'DELETE' }), [405, 'METHOD_NOT_ALLOWED', null]);
});

t.test('the header of the media type is kept byte by byte', async (t) => {
  const { port, api } = await openPlugins(t);
  const connection = new RawConnection(port);
  t.teardown(() => {
    connection.close();
  });
  const contentType = 'application/pdf; name="Kontrakt \xe6\xf8\xe5.pdf";  x=1';
  await connection.send(
    Buffer.from(
      `POST /doc/demo/sds HTTP/1.1\r\nhost: h\r\nauthorization: ${authorization}\r\ncontent-type: ${contentType}\r\ncontent-length: 1\r\n\r\nx`,
      'latin1',
    ),
  );
  await connection.receive(/201 Created[\s\S]*\r\n\r\n\w{58}$/);
  const [id = ''] = api.documents.keys();
  await connection.send(
    `GET /doc/demo/sds/${id} HTTP/1.1\r\nhost: h\r\nauthorization: ${authorization}\r\n\r\n`,
  );
  t.match(await connection.receive(/\r\n\r\nx$/), `content-type: ${contentType}\r\n`);
});

t.test('the body first, 401, then everything again on the same connection', async (t) => {
  const { port, api } = await openPlugins(t);
  const connection = new RawConnection(port);
  t.teardown(() => {
    connection.close();
  });
  const body = Buffer.alloc(8_000_000, 'x');
  const head = `POST /doc/demo/sds HTTP/1.1\r\nhost: h\r\ncontent-type: application/pdf\r\ncontent-length: ${body.length}\r\n`;
  await connection.send(`${head}\r\n`);
  await connection.send(body);
  t.match(
    await connection.receive(/wrong\..*$/),
    /^HTTP\/1\.1 401 [\s\S]*www-authenticate: Basic realm="Segl"\r\n/,
  );
  await connection.send(`${head}authorization: ${authorization}\r\n\r\n`);
  await connection.send(body);
  await connection.receive(/^HTTP\/1\.1 201 Created[\s\S]*\w{58}$/);
  t.match(
    [...api.documents.values()].map(({ bytes }) => bytes.length),
    [8_000_000],
  );
});

t.test('Expect: 100-continue is answered when the body is wanted, and not before credentials', async (t) => {
  const { port } = await openPlugins(t);
  const head =
    'POST /doc/demo/sds HTTP/1.1\r\nhost: h\r\ncontent-type: text/plain\r\ncontent-length: 5\r\nexpect: 100-continue\r\n';
  const connection = new RawConnection(port);
  t.teardown(() => {
    connection.close();
  });
  await connection.send(`${head}authorization: ${authorization}\r\n\r\n`);
  await connection.receive(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  await connection.send('hello');
  await connection.receive(/^HTTP\/1\.1 201 Created[\s\S]*\w{58}$/);

  // whether this client will send its body now nobody can know, so the connection is closed after the answer
  await connection.send(`${head}\r\n`);
  t.match(await connection.receive(/wrong\..*$/), /^HTTP\/1\.1 401 [\s\S]*connection: close\r\n/i);
  await connection.ended;
  t.ok(connection.closed);
});

t.test('chunked uploads; one that breaks off stores nothing', async (t) => {
  const { port, api } = await openPlugins(t);
  const head = `POST /doc/demo/sds HTTP/1.1\r\nhost: h\r\nauthorization: ${authorization}\r\ntransfer-encoding: chunked\r\n\r\n`;
  const whole = new RawConnection(port);
  const broken = new RawConnection(port);
  t.teardown(() => {
    whole.close();
    broken.close();
  });
  await whole.send(`${head}5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`);
  await whole.receive(/201 Created[\s\S]*\w{58}$/);
  t.match(
    [...api.documents.values()],
    [{ contentType: 'application/octet-stream', bytes: Buffer.from('hello world') }],
  );

  const [began, ended] = [once(api.uploads, 'began'), once(api.uploads, 'ended')];
  await broken.send(`${head}5\r\nhello\r\n`);
  await began;
  broken.close();
  await ended;
  t.equal(api.documents.size, 1);
});

t.test('documents beyond the limit', async (t) => {
  const { port, base, api } = await openPlugins(t, { maxDocumentBytes: 100_000 });
  const announced = await fetch(`${base}/doc/demo/sds`, {
    method: 'POST',
    headers: { authorization },
    body: Buffer.alloc(100_001),
  });
  t.match([announced.status, announced.headers.get('segl-error')], [413, 'PAYLOAD_TOO_LARGE']);
  t.match(await announced.text(), 'larger than 100000 bytes');
  const exact = await fetch(`${base}/doc/demo/sds`, {
    method: 'POST',
    headers: { authorization },
    body: Buffer.alloc(100_000),
  });
  t.equal(exact.status, 201);

  const chunked = new RawConnection(port);
  t.teardown(() => {
    chunked.close();
  });
  await chunked.send(
    `POST /doc/demo/sds HTTP/1.1\r\nhost: h\r\nauthorization: ${authorization}\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
  for (let i = 0; i < 5; i++) await chunked.send(chunk);
  t.match(await chunked.receive(/MAX_DOCUMENT_BYTES/), /^HTTP\/1\.1 413 /);
  const cutOff = chunked.ended;
  while (!chunked.closed) {
    await chunked.send(chunk);
    await Promise.race([cutOff, nextTurn()]);
  }
  t.pass('who keeps sending is cut off');
  t.equal(api.documents.size, 1);
});

t.test('multipart forms: the first file, with its own media type', async (t) => {
  const { base, api } = await openPlugins(t, { maxDocumentBytes: 100_000 });
  const send = (form: FormData): Promise<Response> =>
    fetch(`${base}/doc/demo/sds`, { method: 'POST', headers: { authorization }, body: form });
  const form = new FormData();
  form.append('note', 'not a file');
  form.append('document', new Blob(['%PDF-1.7'], { type: 'application/pdf' }), 'a.pdf');
  form.append('more', new Blob(['x'.repeat(50_000)], { type: 'text/plain' }), 'b.txt');
  const reply = await send(form);
  t.equal(reply.status, 201);
  t.match(await reply.text(), /^\w{58}$/);
  t.match([...api.documents.values()], [{ contentType: 'application/pdf', bytes: Buffer.from('%PDF-1.7') }]);

  const large = new FormData();
  large.append('document', new Blob([new Uint8Array(100_001)], { type: 'application/pdf' }), 'a.pdf');
  t.match((await send(large)).headers.get('segl-error'), 'PAYLOAD_TOO_LARGE');
  const none = new FormData();
  none.append('note', 'not a file');
  t.match((await send(none)).headers.get('segl-error'), 'BAD_REQUEST');
  t.equal(api.documents.size, 1);
});

t.test('multipart forms: the media type of the file is kept as it was sent', async (t) => {
  const { port, api } = await openPlugins(t);
  const field = '--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n--c filename="x"\r\n';
  const file = (head: string): string =>
    `--b\r\nContent-Disposition: form-data; name="document"; filename="a.txt"\r\n${head}\r\nB\xe6rbar\r\n`;
  const other =
    '--b\r\nContent-Type: application/pdf\r\nContent-Disposition: form-data; name="x"; filename="b"\r\n\r\n1\r\n--b--\r\n';
  const plain = 'Text/Plain; charset=ISO-8859-1; format="flowed"';
  for (const [head, type] of [
    [`Content-Type: ${plain}\r\n`, plain],
    ['content-type:text/plain;\r\n charset=iso-8859-1\r\n', 'text/plain; charset=iso-8859-1'],
    ['Content-Type: application/pdf\r\n', 'application/pdf'],
    ['Content-Type: text/plain; charset=b\xe6r\r\n', 'text/plain'],
    ['', 'text/plain'],
  ] as const) {
    const body = Buffer.from(field + file(head) + other, 'latin1');
    // in one piece, and with the head in many
    for (const size of [body.length, 7, 1]) {
      api.documents.clear();
      const connection = new RawConnection(port);
      await connection.send(
        `POST /doc/demo/sds HTTP/1.1\r\nhost: h\r\nauthorization: ${authorization}\r\ncontent-type: multipart/form-data; boundary="b"\r\ncontent-length: ${body.length}\r\n\r\n`,
      );
      for (let sent = 0; sent < body.length; sent += size) {
        await connection.send(body.subarray(sent, sent + size));
        if (sent < 20 * size) await new Promise(setImmediate);
      }
      await connection.receive(/201 Created[\s\S]*\w{58}$/);
      connection.close();
      t.match(
        [...api.documents.values()],
        [{ contentType: type, bytes: Buffer.from('B\xe6rbar', 'latin1') }],
      );
    }
  }
});

t.test('100 MB go through without being kept in memory', async (t) => {
  const { port, api } = await openPlugins(t);
  api.keepBytes = false;
  const size = 100_000_000;
  const piece = Buffer.alloc(1_000_000, 'x');
  const before = process.memoryUsage().rss;
  let most = before;
  const connection = new RawConnection(port);
  t.teardown(() => {
    connection.close();
  });
  await connection.send(
    `POST /doc/demo/sds HTTP/1.1\r\nhost: h\r\nauthorization: ${authorization}\r\ncontent-length: ${size}\r\n\r\n`,
  );
  for (let sent = 0; sent < size; sent += piece.length) {
    await connection.send(piece);
    most = Math.max(most, process.memoryUsage().rss);
  }
  await connection.receive(/201 Created[\s\S]*\w{58}$/);
  t.ok(most - before < 60_000_000, `grew by ${Math.round((most - before) / 1e6)} MB`);
});
