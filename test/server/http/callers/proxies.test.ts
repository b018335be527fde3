/** Certificates of calling systems by the word of proxies: three kinds of headers, and who is believed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '@segl/server/config/config';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { callerSettings } from '@segl/server/application/access/caller-settings';
import {
  certificateHeader,
  certificateHeaderReaders,
  type CertificateHeader,
} from '@segl/server/http/callers/headers';
import { MAX_CERTIFICATES } from '@segl/server/http/callers/reader';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { addCaller } from '@segl/server/adapters/postgres/accounts/callers';
import { createCallerServices, type Shown } from '../../../support/server/caller-services.ts';
import { freePort, until } from '../../../support/server/running.ts';
import { TEST_TIME } from '../../../support/signatures/test-pki.ts';

const application = await createCallerServices(t);
const { db } = application.home.application.context;
const id = { cvr: '12345678', kind: 'FID', identifier: '5' } as const;
await addCaller(db, { ...id, service: 'demo', environment: 'sandbox', createdAt: TEST_TIME });
const shown = await application.certificate('CVR:12345678-FID:5');
const PROXY = { CLIENT_CERTIFICATES: 'request', TRUSTED_PROXIES: '127.0.0.1' };

const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64');
const item = (der: Uint8Array): string => `:${base64(der)}:`;
const oneLine = (pem: string): string => pem.trim().replaceAll('\n', ' ');
const [own, issuer] = shown.ders as [Uint8Array, Uint8Array];

/** Every way in which a known proxy writes the same. */
const forms: readonly [what: string, form: CertificateHeader, headers: Record<string, string>][] = [
  ['RFC 9440', 'client-cert', { 'client-cert': item(own), 'client-cert-chain': item(issuer) }],
  [
    'with parameters',
    'client-cert',
    { 'client-cert': `${item(own)};x=1`, 'client-cert-chain': `${item(issuer)} , ` },
  ],
  ['nginx', 'x-ssl-client-cert', { 'x-ssl-client-cert': encodeURIComponent(shown.pem) }],
  ['PEM in one line', 'x-ssl-client-cert', { 'x-ssl-client-cert': oneLine(shown.pem) }],
  ['DER in base64', 'x-ssl-client-cert', { 'x-ssl-client-cert': shown.ders.map(base64).join(',') }],
  [
    'Envoy',
    'x-forwarded-client-cert',
    {
      'x-forwarded-client-cert': [
        'By=spiffe://a/b;Hash=00',
        `Cert="${encodeURIComponent(certificatesToPem([own]))}"`,
        `Subject="CN=\\"x\\", O=y";Chain="${encodeURIComponent(shown.pem)}"`,
      ].join(';'),
    },
  ],
];

t.test('a trusted proxy is believed, in each form', async (t) => {
  for (const [what, form, headers] of forms) {
    const doors = await application.open({ ...PROXY, CALLER_CERT_HEADER: form }, { tls: false });
    t.equal((await doors.soap(undefined, headers)).code, 'REQUEST_UNKNOWN', `${what}: let in`);
    t.match(await doors.soap(), { code: 'CALLER_CERTIFICATE_MISSING' }, `${what}: without it`);
    const [otherForm] = Object.keys(certificateHeaderReaders).filter((name) => name !== form);
    const inOther = forms.find(([, name]) => name === otherForm)![2];
    t.match(await doors.soap(undefined, inOther), { code: 'CALLER_CERTIFICATE_MISSING' }, 'another header');
  }
  t.match(await application.decisions(), [{ refused: null, via: 'proxy', ...id }, {}]);
});

t.test('nobody else is', async (t) => {
  for (const [what, form, headers] of forms) {
    const doors = await application.open(
      { ...PROXY, TRUSTED_PROXIES: '10.0.0.0/8', CALLER_CERT_HEADER: form },
      { tls: false },
    );
    t.match(await doors.soap(undefined, headers), { code: 'CALLER_CERTIFICATE_MISSING' }, what);
    t.match(doors.log(), /in a header was ignored/, 'and the log says so');
    t.notMatch(doors.log(), base64(own).slice(0, 40));
  }
  t.ok((await application.decisions()).every(({ refused, via }) => refused !== null && via === 'tls'));
});

t.test('a header does not replace what the handshake shows, nor the other way round', async (t) => {
  const stranger = await application.certificate('CVR:12345678-FID:6');
  const env = { ...PROXY, CALLER_CERT_HEADER: 'x-ssl-client-cert' };
  const headers = { 'x-ssl-client-cert': encodeURIComponent(shown.pem) };
  const direct = await application.open({ ...env, TRUSTED_PROXIES: '10.0.0.0/8' });
  t.match(await direct.soap(stranger, headers), { code: 'CALLER_UNKNOWN' }, 'a client that adds a header');
  t.equal((await direct.soap(shown, headers)).code, 'REQUEST_UNKNOWN');
  const proxied = await application.open(env);
  t.match(await proxied.soap(shown), { code: 'CALLER_CERTIFICATE_MISSING' }, "a proxy's own certificate");
  t.equal((await proxied.soap(stranger, headers)).code, 'REQUEST_UNKNOWN', 'what it says of its client');
});

t.test('what cannot be read is refused, and says why', async (t) => {
  const ask = async (
    form: CertificateHeader,
    value: string | string[],
    more: Record<string, string> = {},
  ) => {
    const doors = await application.open({ ...PROXY, CALLER_CERT_HEADER: form }, { tls: false });
    return doors.soap(undefined, { [form]: value, ...more });
  };
  const pem = encodeURIComponent(shown.pem);
  const many = Array.from({ length: MAX_CERTIFICATES }, () => item(Buffer.from([1]))).join(', ');
  const cases: [RegExp, CertificateHeader, string | string[], Record<string, string>?][] = [
    [/came 2 times/, 'x-ssl-client-cert', [pem, pem]],
    [/came 2 times/, 'client-cert', [item(own), item(own)]],
    [/is not URL-encoded/, 'x-ssl-client-cert', '%E0%A4%A'],
    [/holds no sound PEM/, 'x-ssl-client-cert', '-----BEGIN CERTIFICATE-----%0A'],
    [/is not base64/, 'x-ssl-client-cert', 'CN=me'],
    [/between colons is not base64/, 'client-cert', base64(own)],
    [/between colons is not base64/, 'client-cert', item(own), { 'client-cert-chain': 'x' }],
    [/more than 10 certificates/, 'client-cert', item(own), { 'client-cert-chain': many }],
    [/has several elements/, 'x-forwarded-client-cert', `Cert="${pem}",Cert="${pem}"`],
    [/came 2 times/, 'x-forwarded-client-cert', [`Cert="${pem}"`, `Cert="${pem}"`]],
    [/neither Cert nor Chain/, 'x-forwarded-client-cert', 'Hash=00;URI=spiffe://a'],
    [/is not well-formed/, 'x-forwarded-client-cert', `Cert="${pem}`],
    [
      /begin with different/,
      'x-forwarded-client-cert',
      `Cert="${encodeURIComponent(certificatesToPem([issuer]))}";Chain="${pem}"`,
    ],
    [/The client certificate cannot be read/, 'client-cert', item(Buffer.from('hello'))],
  ];
  for (const [why, ...asked] of cases) {
    t.match(await ask(...asked), { code: 'CALLER_CERTIFICATE_UNREADABLE', body: why }, String(why));
  }
  t.match(await ask('client-cert', item(own)), { code: 'CALLER_CHAIN_REFUSED' }, 'without its issuer');
  for (const nothing of ['', '(null)', '-']) {
    t.match(await ask('x-ssl-client-cert', nothing), { code: 'CALLER_CERTIFICATE_MISSING' }, `"${nothing}"`);
  }
});

t.test('nginx in front, where it is installed', async (t) => {
  // a convenience, not one of the tools that the tests install
  if (spawnSync('nginx', ['-v']).error) {
    t.pass('', { skip: 'nginx is not installed here' });
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'segl-nginx-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const doors = await application.open(
    { ...PROXY, CALLER_CERT_HEADER: 'x-ssl-client-cert' },
    { tls: false, intermediates: [issuer] },
  );
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
     http { access_log off;
       ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
       server { listen 127.0.0.1:${port} ssl; ssl_certificate ${application.serverFiles.cert};
         ssl_certificate_key ${application.serverFiles.key}; ssl_verify_client optional_no_ca;
         location / { proxy_pass http://127.0.0.1:${doors.port};
           proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert; } } }`,
  );
  const server = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' });
  t.teardown(async () => {
    server.kill();
    await once(server, 'exit');
  });
  const call = async (certificate: Shown | undefined, header?: string): Promise<string | undefined> =>
    (await doors.at(port).soap(certificate, header ? { 'x-ssl-client-cert': header } : {})).code;
  await until('nginx answers', async () => (await call(undefined)) !== undefined, 10_000);
  t.equal(await call(shown), 'REQUEST_UNKNOWN', 'let in');
  t.equal(await call(undefined), 'CALLER_CERTIFICATE_MISSING');
  t.equal(await call(undefined, encodeURIComponent(shown.pem)), 'CALLER_CERTIFICATE_MISSING', 'spoofed');
});

t.test('settings that make no sense are named', async (t) => {
  const settings = (env: Record<string, string>) =>
    callerSettings(loadConfig(env), ocesEnvironment('test'), []);
  t.equal(settings({}), undefined);
  for (const [env, why] of [
    [{ CLIENT_CERTIFICATES: 'maybe', TLS_CERT: 'x' }, /must be off, request or require/],
    [{ CLIENT_CERTIFICATES: 'require' }, /needs TLS_CERT, or a proxy/],
    [{ CLIENT_CERTIFICATES: 'require', CALLER_CERT_HEADER: 'client-cert' }, /needs TRUSTED_PROXIES/],
    [{ ...PROXY, CALLER_CERT_HEADER: 'client-cert', CALLER_PORT: '1' }, /speaks https/],
    [{ ...PROXY, CALLER_CERT_HEADER: 'client-cert', OCES2_CALLERS_UNTIL: 'soon' }, /must be a day like/],
  ] as const) {
    t.throws(() => settings(env), { code: 'CONFIG_INVALID', message: why });
  }
  t.match(settings({ ...PROXY, CALLER_CERT_HEADER: 'client-cert' }), {
    mode: 'request',
    rules: { oces2Ends: new Date('2023-10-31T23:00:00Z') },
  });
  const open = settings({
    ...{ CLIENT_CERTIFICATES: 'require', TLS_CERT: 'x' },
    ...{ OCES2_CALLERS_UNTIL: 'no-end', CALLER_CHAINS: 'A > B, C > *' },
  });
  t.match(open, { mode: 'require', rules: { oces2Ends: undefined, chains: ['A > B', 'C > *'] } });
  t.throws(() => certificateHeader('ssl'), { code: 'CONFIG_INVALID', message: /must be one of client-cert/ });
});
