/** The CodeFile client: a key in a file on the user's side, by script and in a browser. */
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import t from 'tap';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { systemClock } from '@segl/problem/clock';
import { readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { signParameters, writeTimestamp } from '@segl/identity/methods/nemid/client/parameters';
import { Browser } from '@segl/sandbox/person/browser';
import { useCodeFile } from '@segl/sandbox/methods/nemid/person/codefile';
import { openBrowser } from '../support/browser.ts';
import { run, tool } from '../support/tools.ts';
import { keyOf, openSandbox, setting, temporaryFolder } from './support.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const SIGN_TEXT = 'Jeg forpligter mig: æøå <&>';
type Parameters = Record<string, string>;

t.test('key files', async (t) => {
  const sandbox = await openSandbox(t);
  const folder = await temporaryFolder(t);
  const voces = await keyOf(sandbox, 'VOCES');
  const made = await fetch(`${sandbox.url}/testtools/api/persons`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ alias: 'medarbejder', kind: 'moces', cvr: '12345678', company: 'Prøve ApS' }),
  });
  t.equal(made.status, 201);

  const keyFile = async (user: string, password: string): Promise<string> => {
    const response = await fetch(`${sandbox.url}/testtools/person/${user}/keyfile`, {
      method: 'POST',
      body: new URLSearchParams({ password }),
    });
    t.equal(response.status, 200);
    return response.text();
  };
  const parameters = (origin: string, change: Parameters = {}, key: SigningKey = voces) =>
    signParameters(
      {
        CLIENTFLOW: 'sign',
        LANGUAGE: 'da',
        TIMESTAMP: base64(writeTimestamp(systemClock.now())),
        REQUESTISSUER: base64(setting(sandbox, 'NEMID_FRIENDLY_NAME')),
        ORIGIN: base64(origin),
        SIGN_PROPERTIES: 'challenge=4711',
        SIGNTEXT: base64(SIGN_TEXT),
        ...change,
      },
      key,
    );
  const password = 'Kode æ 1';
  const pem = await keyFile('medarbejder', password);
  const origin = 'https://sign.example.org';

  t.test('by script: a message in the form of CodeFile', async (t) => {
    const use = async (change: Parameters = {}, file = { pem, password }) =>
      useCodeFile(new Browser('da'), sandbox.url, file, {
        parameters: await parameters(origin, change),
        origin,
      });
    const native = Buffer.from(await use(), 'base64');
    const message = readNativeMessage(native);
    t.match(message.leaf.subjectDn, /CVR:12345678-RID:\d+/);
    const property = (name: string) =>
      Buffer.from(message.properties.get(name)?.value ?? []).toString('utf8');
    t.equal(property('signtext'), SIGN_TEXT);
    t.equal(property('action'), 'sign');
    t.equal(property('challenge'), '4711');
    const xml = native.toString('utf8');
    t.match(xml, /Id="OpensignSignature"/);
    t.match(xml, /Target="#OpensignSignature"><openoces:Name>SIGNTEXT</);
    const order = [...xml.matchAll(/<ds:X509Certificate>\n([\s\S]+?)\n<\/ds/g)].map(
      ([, der = '']) => new X509Certificate(Buffer.from(der, 'base64')).subject,
    );
    t.equal(order.length, 3);
    t.match(order[0], /RID/, 'the leaf comes first');
    t.match(order[2], /Primary CA/, 'the root last');

    const login = readNativeMessage(Buffer.from(await use({ CLIENTFLOW: 'login' }), 'base64'));
    t.equal(Buffer.from(login.properties.get('action')?.value ?? []).toString(), 'logon');

    const filter = (subject: string) => ({
      ADDITIONAL_PARAMS: base64(`subjectdnfilter=${base64(subject)}`),
    });
    t.match(Buffer.from(await use(filter('RID:')), 'base64').toString(), /<openoces:signature/);
    t.equal(await use(filter('PID:')), base64('OCES002'), 'not the kind that is asked for');
    await t.rejects(use({}, { pem, password: 'wrong' }), 'a wrong password opens nothing');
    t.equal(await use({ REQUESTISSUER: base64('Somebody') }), base64('APP001'));
    t.equal(await use({ CLIENTFLOW: 'OCESSIGN2' }), base64('APP001'), 'values of the other client');
    t.equal(await use({ TIMESTAMP: base64('2020-01-01 00:00:00Z') }), base64('SRV003'));
    t.equal(await use({ SIGNTEXT_FORMAT: base64('html') }), base64('APP002'));

    const xmlsec1 = tool(t, 'xmlsec1');
    if (!xmlsec1) return;
    const path = join(folder, 'codefile.xml');
    const blocks = xml.split(/(<ds:X509Data>[\s\S]*?<\/ds:X509Data>\n)/);
    // KeyInfo is not signed: xmlsec1 is to see the signer's certificate alone
    await writeFile(path, [blocks[0], blocks[1], blocks[6]].join(''));
    const verified = run(xmlsec1, [
      '--verify',
      ...['--trusted-pem', setting(sandbox, 'NEMID_TRUST_FILE')],
      ...['--untrusted-pem', sandbox.trust.intermediates[0] ?? ''],
      ...['--id-attr:Id', 'http://www.w3.org/2000/09/xmldsig#:Object'],
      path,
    ]);
    t.match(verified, { code: 0 });
  });

  t.test('openssl opens the file', async (t) => {
    const openssl = tool(t, 'openssl');
    if (!openssl) return;
    const path = join(folder, 'key.pem');
    await writeFile(path, pem);
    const pkey = (typed: string) => run(openssl, ['pkey', '-in', path, '-passin', `pass:${typed}`, '-noout']);
    t.equal(pkey(password).code, 0);
    t.not(pkey('wrong').code, 0);
  });

  t.test('in a browser, where the key stays', async (t) => {
    let html = '';
    const provider = fastify();
    provider.get('/', async (_request, reply) => reply.type('text/html').send(html));
    await provider.listen({ host: '127.0.0.1', port: 0 });
    t.teardown(() => provider.close());
    const here = `http://localhost:${String((provider.server.address() as AddressInfo).port)}`;
    html = `<!doctype html><html lang="da"><title>Provider</title><script>
      const parameters = ${JSON.stringify(JSON.stringify(await parameters(here)))};
      addEventListener('message', (event) => {
        if (event.origin !== ${JSON.stringify(sandbox.url)}) return;
        const message = JSON.parse(event.data);
        if (message.command === 'SendParameters')
          event.source.postMessage(JSON.stringify({ command: 'parameters', content: parameters }), event.origin);
        else document.title = message.command + ' ' + message.content;
      });</script>
      <iframe title="NemID" src="${sandbox.url}/codefile/?t=1" width="500" height="450"></iframe>`;
    const browser = await openBrowser(t);
    if (!browser) return;
    const page = await browser.newPage();
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.postData() ?? ''));
    await page.goto(here);
    const client = page.frameLocator('iframe');
    await client.locator('#file').setInputFiles({
      name: 'key.pem',
      mimeType: 'application/x-pem-file',
      buffer: Buffer.from(pem),
    });
    t.equal(await client.locator('#sign-text').innerText(), SIGN_TEXT);
    await client.locator('#password').fill('wrong');
    await client.locator('#go').click();
    await client.getByRole('alert').getByText('kan ikke åbnes').waitFor();
    await client.locator('#password').fill(password);
    const picture = process.env['SEGL_SCREENSHOTS'];
    if (picture) await page.screenshot({ path: join(picture, 'codefile.png') });
    await client.locator('#go').click();
    await page.waitForFunction(() => document.title !== 'Provider');
    const [command = '', content = ''] = (await page.title()).split(' ');
    t.equal(command, 'changeResponseAndSubmit');
    const { properties, leaf } = readNativeMessage(Buffer.from(content, 'base64'));
    t.equal(Buffer.from(properties.get('signtext')?.value ?? []).toString(), SIGN_TEXT);
    t.match(leaf.subjectDn, /RID/);
    t.notOk(
      sent.some((body) => body.includes('PRIVATE KEY') || body.includes(password)),
      'neither key nor password leave the page',
    );
    await page.reload();
    await client.locator('#leave').click();
    await page.waitForFunction(() => document.title !== 'Provider');
    t.equal(await page.title(), `signCancel ${base64('CAN002')}`);
  });
});
