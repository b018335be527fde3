/** Company and function certificates, from the order form to a file that openssl opens. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '@segl/problem/clock';
import { signParameters, writeTimestamp } from '@segl/identity/methods/nemid/client/parameters';
import { readOces } from '@segl/identity/oces/certificate';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { readOces3 } from '@segl/identity/oces/oces3';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { loadPemKey } from '@segl/pki/keys/keys';
import { RevocationService } from '@segl/pki/revocation/revocation';
import type { ClientView } from '@segl/sandbox/methods/nemid/client/client-session';
import { isEan, readCertificateOrder } from '@segl/sandbox/methods/nemid/orders/form';
import type { Sandbox } from '@segl/sandbox/main';
import { run, tool } from '../support/tools.ts';
import { call, openSandbox, post, setting, temporaryFolder } from './support.ts';

const ORDER = {
  ...{ type: 'foces', cvr: '12345678', company: 'Prøve & Søn ApS', name: 'Lønsystem', group: 'IT' },
  ...{ contact: 'Ea Test', email: 'ea@firma.example', ean: '5790000000005', publish: 'yes' },
};

const form = (sandbox: Sandbox, path: string, fields: Record<string, string>) =>
  fetch(`${sandbox.url}${path}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

/** From the form to the activation link in the mail, and the temporary password on demand. */
async function order(sandbox: Sandbox, fields: Record<string, string>) {
  const placed = await form(sandbox, '/orders/new', { ...fields, confirmed: 'yes' });
  const page = placed.headers.get('location') ?? '';
  const shown = await (await form(sandbox, `${page}/password`, {})).text();
  const temporary = /Temporary password: <strong><code>([^<]+)/.exec(shown)?.[1] ?? '';
  const mails = (await (await fetch(`${sandbox.url}/mail/api/messages`)).json()) as {
    to: string;
    text: string;
  }[];
  const link = /http\S+\/orders\/activate\/[\w-]+/.exec(mails[0]?.text ?? '')?.[0] ?? '';
  return { page, temporary, path: new URL(link).pathname, to: mails[0]?.to ?? '' };
}

t.test('the form', async (t) => {
  t.ok(isEan('5790000000005'));
  for (const ean of ['5790000000006', '579000000000', '', 'x'.repeat(13)]) t.notOk(isEan(ean), ean);
  t.match(readCertificateOrder(ORDER), { type: 'foces', publish: true, ean: '5790000000005' });
  t.match(readCertificateOrder({ ...ORDER, publish: undefined }), { publish: false });
  const wrong = readCertificateOrder({ type: 'x', group: 'none', email: 'nobody' });
  t.same(Object.keys('problems' in wrong ? wrong.problems : {}).sort(), [
    ...['company', 'contact', 'cvr', 'ean', 'email', 'group', 'name', 'type'],
  ]);
});

t.test('orders', async (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const sandbox = await openSandbox(t);
  const folder = await temporaryFolder(t);

  const activate = async (path: string, temporary: string, password: string): Promise<string> => {
    const answer = await form(sandbox, path, { temporary, password, repeated: password });
    t.equal(answer.headers.get('content-type'), 'application/x-pkcs12');
    const file = join(folder, `${temporary}.p12`);
    await writeFile(file, new Uint8Array(await answer.arrayBuffer()));
    return file;
  };
  /** Key and certificates as openssl reads them out of the file. */
  const open = (file: string, password: string): string =>
    run(openssl, ['pkcs12', '-in', file, '-nodes', '-passin', `pass:${password}`]).output;

  t.test('a function certificate', async (t) => {
    const wrong = await form(sandbox, '/orders/new', { ...ORDER, ean: '1', confirmed: 'yes' });
    t.equal(wrong.status, 400);
    t.match(await wrong.text(), /check digit/);
    const confirm = await (await form(sandbox, '/orders/new', ORDER)).text();
    t.match(confirm, /Confirm the order/, 'nothing is ordered without a look');
    const { page, temporary, path, to } = await order(sandbox, ORDER);
    t.match(to, 'ea@firma.example');
    t.notMatch(await (await fetch(`${sandbox.url}${page}`)).text(), temporary, 'shown on demand only');
    t.equal((await fetch(`${sandbox.url}${page}/certificate.cer`)).status, 404, 'there is none yet');

    const refused = await form(sandbox, path, {
      temporary: 'wrong',
      password: 'Hemmelig æ 1',
      repeated: 'Hemmelig æ 1',
    });
    t.equal(refused.status, 400);
    t.match(await refused.text(), /attempts left: 4/);
    const file = await activate(path, temporary, 'Hemmelig æ 1');
    const pem = open(file, 'Hemmelig æ 1');
    t.match(pem, /BEGIN PRIVATE KEY/);
    t.equal(pem.match(/BEGIN CERTIFICATE/g)?.length, 3);
    t.match(pem, /friendlyName: L.*nsystem/);
    t.match(
      run(openssl, ['pkcs12', '-in', file, '-noout', '-passin', 'pass:wrong']).output,
      /Mac verify error/,
    );
    const info = run(openssl, ['pkcs12', '-in', file, '-info', '-noout', '-passin', 'pass:Hemmelig æ 1']);
    t.match(info.output, /PBES2, PBKDF2, AES-256-CBC/);
    t.equal(
      (await form(sandbox, path, { temporary, password: '1234', repeated: '1234' })).status,
      400,
      'once',
    );

    const key = loadPemKey(pem.slice(pem.indexOf('-----BEGIN PRIVATE')), pem);
    const certificate = parseCertificate(key.certificate);
    t.match(readOces(certificate, setting(sandbox, 'NEMID_POLICY_PREFIX')), {
      type: 'FOCES',
      cvr: '12345678',
      commonName: 'Lønsystem (funktionscertifikat)',
    });
    const years = (certificate.notAfter.getTime() - systemClock.now().getTime()) / 31_536_000_000;
    t.equal(Math.round(years), 3);
    const issuer = parseCertificate(
      new Uint8Array(await (await fetch(`${sandbox.url}/aia/oces-ca.cer`)).arrayBuffer()),
    );
    const status = async () =>
      (await new RevocationService({ post, clock: systemClock }).ocsp(certificate, issuer)).result.status;
    t.equal(await status(), 'good');
    await form(sandbox, `${page}/revoke`, {});
    t.equal(await status(), 'revoked');
    t.equal(
      (await (await fetch(`${sandbox.url}/orders/api/orders`)).text()).includes(path.slice(-20)),
      false,
    );
  });

  t.test('what is wrong is told beside its field, and to scripts by code', async (t) => {
    const wrong = { ...ORDER, cvr: '1', ean: '1' };
    const page = await form(sandbox, '/orders/new', wrong);
    t.equal(page.status, 400);
    t.match(await page.text(), /id="cvr-problem">Eight digits<[^]*id="ean-problem">Thirteen digits, /);
    const answer = await fetch(`${sandbox.url}/orders/api/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(wrong),
    });
    const cvr = { field: 'cvr', why: { code: 'field/cvr', params: {} } };
    t.match(await answer.json(), {
      code: 'BAD_REQUEST',
      params: { why: { code: 'field/all', params: { fields: [{ code: 'field/of', params: cvr }, {}] } } },
      text: /^The request cannot be read: cvr: Eight digits; ean: Thirteen digits, .*will do\)\.$/,
    });
  });

  t.test('a company certificate makes a service provider', async (t) => {
    const { temporary, path } = await order(sandbox, { ...ORDER, type: 'voces', name: 'Fin Tjeneste' });
    const file = await activate(path, temporary, '1234');
    const pem = open(file, '1234');
    const key = loadPemKey(pem.slice(pem.indexOf('-----BEGIN PRIVATE')), pem);
    const parameters = await signParameters(
      { CLIENTFLOW: 'OCESLOGIN2', TIMESTAMP: writeTimestamp(systemClock.now()) },
      key,
    );
    const view = await call<ClientView>(sandbox, '/launcher/api/start', {
      parameters: JSON.stringify(parameters),
      origin: 'https://x.example',
    });
    t.match(view, { view: 'user', friendlyName: 'Fin Tjeneste' });
  });

  t.test('a system certificate of OCES3 names a UUID', async (t) => {
    const { temporary, path } = await order(sandbox, { ...ORDER, type: 'system', name: 'Fagsystem' });
    const pem = open(await activate(path, temporary, '1234'), '1234');
    const [der] = certificatesFromPem(pem);
    t.match(readOces3(parseCertificate(der!), setting(sandbox, 'NEMID_POLICY_PREFIX')), {
      ...{ holder: 'organisation', cvr: '12345678', commonName: 'Fagsystem' },
      organization: 'Prøve & Søn ApS',
    });
  });

  t.test('five wrong temporary passwords lock an order', async (t) => {
    const { temporary, path } = await order(sandbox, ORDER);
    const passwords = { password: '1234', repeated: '1234' };
    for (let attempt = 0; attempt < 5; attempt++)
      await form(sandbox, path, { temporary: 'wrong', ...passwords });
    const late = await form(sandbox, path, { temporary, ...passwords });
    t.equal(late.status, 400);
    t.match(await late.text(), /the order is locked/i);
    t.equal((await fetch(`${sandbox.url}/orders/activate/unknown`)).status, 404);
  });
});
