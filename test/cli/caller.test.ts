/** `segl caller` beside a running service, with a certificate that was ordered in the sandbox and curl that shows it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createPlace, freePort, until } from '../support/server/running.ts';
import { run, tool } from '../support/tools.ts';

const PASSWORD = 'Hemmelig-1';
const UUID = '52f1f16e-0e0c-4ab8-9f1c-3d4f1f7fbb5c';
const ORDER = {
  ...{ type: 'foces', cvr: '12345678', company: 'Prøve ApS', name: 'Sagssystem', group: 'IT' },
  ...{ contact: 'Ea Test', email: 'ea@firma.example', ean: '5790000000005', publish: 'yes' },
};

/** Orders a function certificate as its pages do; gives the file and the path of the order. */
async function orderFoces(sandbox: string): Promise<{ page: string; p12: Uint8Array }> {
  const form = (path: string, fields: Record<string, string>) =>
    fetch(`${sandbox}${path}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  const page = (await form('/orders/new', { ...ORDER, confirmed: 'yes' })).headers.get('location') ?? '';
  const shown = await (await form(`${page}/password`, {})).text();
  const temporary = /Temporary password: <strong><code>([^<]+)/.exec(shown)?.[1] ?? '';
  const [mail] = (await (await fetch(`${sandbox}/mail/api/messages`)).json()) as { text: string }[];
  const path = /\/orders\/activate\/[\w-]+/.exec(mail?.text ?? '')?.[0] ?? '';
  const file = await form(path, { temporary, password: PASSWORD, repeated: PASSWORD });
  return { page, p12: new Uint8Array(await file.arrayBuffer()) };
}

t.test('from the order of a certificate to its revocation', async (t) => {
  const [openssl, curl] = [tool(t, 'openssl'), tool(t, 'curl')];
  if (!openssl || !curl) return;
  const place = await createPlace(t);
  const callerPort = await freePort();
  const settings = {
    ...{ SANDBOX_TLS: 'on', SANDBOX_TLS_PORT: String(await freePort()) },
    ...{ CLIENT_CERTIFICATES: 'request', CALLER_PORT: String(callerPort) },
  };
  const service = place.run('start', settings);
  await until('the service is up', async () => /Segl is up/.test(service.output()));
  const { page, p12 } = await orderFoces(place.sandboxUrl);
  const file = join(place.dataDir, 'foces.p12');
  writeFileSync(file, p12);
  const pem = join(place.dataDir, 'foces.pem');
  const { output } = run(openssl, ['pkcs12', '-in', file, '-nokeys', '-passin', `pass:${PASSWORD}`]);
  writeFileSync(pem, output);

  const caller = (...args: string[]) => place.ask('caller', settings, args);
  const upload = (port: string, ...more: string[]): string => {
    const ca = join(place.dataDir, 'sandbox', 'tls.ca.pem');
    const url = `https://localhost:${port}/doc/demo/sds`;
    const args = ['-sS', '--cacert', ca, '-u', 'demo:Bond007', '-d', 'x', '-w', ' %{http_code}'];
    return run(curl, [...args, ...more, url]).output;
  };
  const certificate = ['--cert-type', 'P12', '--cert', `${file}:${PASSWORD}`];

  // none of these changes anything
  const [none, rules, checked, nobody, wrong, both] = await Promise.all([
    caller('list'),
    caller('rules'),
    caller('check', pem),
    caller('add', 'nobody', '--certificate', pem),
    caller('add', 'demo', '--cvr', '1'),
    caller('add', 'demo', '--cvr', '12345678', '--fid', '1', '--uuid', UUID),
  ]);
  t.match(none, { code: 0, output: /No callers: passwords alone count/ });
  t.match(rules, { code: 0, output: /accounts that have callers.*any of its anchors/s });
  t.match(checked, { code: 0, output: /CVR 12345678, FID \d+: .*good until.*no account yet/s });
  t.match(nobody, { code: 1, output: /segl account set nobody/ });
  t.match(wrong, { code: 2, output: /eight digits/ });
  t.match(both, { code: 1, output: /give one of --uuid/ });
  t.match(upload(String(callerPort)), / 201$/, 'nothing is needed yet');
  t.match(await caller('add', 'demo', '--certificate', pem), {
    code: 0,
    output: /needs its password and a cert/,
  });
  t.match(upload(String(callerPort), ...certificate), / 201$/);
  t.match(upload(String(callerPort)), /needs a client certificate besides.* 403$/s);
  t.match(upload(place.env['PORT']!, ...certificate), / 403$/, 'the port of browsers asks for none');
  await fetch(`${place.sandboxUrl}${page}/revoke`, { method: 'POST' });
  const [listed, audited, asJson, revoked] = await Promise.all([
    caller('list', 'demo'),
    caller('audit', 'demo'),
    caller('audit', '--json', '--refused', '--limit', '1', '--since', '2026-01-01'),
    caller('check', pem),
  ]);
  t.match(listed, { code: 0, output: /^demo +sandbox +CVR 12345678, FID \d+/ });
  t.match(audited, {
    code: 0,
    output:
      /refused \(CALLER_CERTIFICATE_MISSING\)  none shown.*\n.*accepted  CVR 12345678, FID \d+  \/doc from/s,
  });
  t.match(JSON.parse(asJson.output), { service: 'demo', refused: 'CALLER_CERTIFICATE_MISSING', via: 'tls' });
  t.match(revoked, { code: 1, output: /was revoked at/ });
  t.match(await caller('remove', 'demo', '--certificate', pem), {
    code: 0,
    output: /password alone counts again/,
  });
  t.match(await caller('remove', 'demo', '--certificate', pem), {
    code: 1,
    output: /has no caller with CVR/,
  });
  t.match(await caller('add', 'demo', '--cvr', '12345678', '--uuid', UUID.toUpperCase()), {
    code: 0,
    output: new RegExp(`CVR 12345678, UUID ${UUID} may use the account demo`),
  });
});
