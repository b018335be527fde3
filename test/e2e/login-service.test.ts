/** Other systems have people log on here: one service for all flows, and people who need no browser. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SAML, ValidateInResponseTo } from '@node-saml/node-saml';
import t, { type Test } from 'tap';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { parseXml } from '@segl/ades/xml/document';
import { approveInApp } from '@segl/sandbox/methods/oidc/person';
import { Browser, type Answer } from '@segl/sandbox/person/browser';
import { readPage } from '@segl/sandbox/person/page';
import { addLoginTarget } from '@segl/server/adapters/postgres/login/targets';
import { setServiceProvider } from '@segl/server/adapters/postgres/login/service-providers';
import { createLoginService, forgetLogins } from '@segl/server/application/login/login-flow';
import { nameIdFormat } from '@segl/server/domain/login/service-provider';
import { projectFile } from '@segl/server/paths';
import { readSpMetadata } from '@segl/server/http/login/saml2/metadata';
import { createTestPki } from '../support/signatures/test-pki.ts';
import { startTestService, type RunningService } from '../support/server/service.ts';

const TARGET = 'https://shop.example/login';
const anna = { userId: 'anna' };

const service: RunningService = await startTestService(t, async (offered) => offered);
const { url, application } = service;
const { db } = application.context;
await addLoginTarget(db, { service: 'demo', target: TARGET });

const address = (query: string, target = `${TARGET}?from=cart`): string =>
  `${url}/std/method/demo?${query}&target=${encodeURIComponent(target)}`;

/** Follows redirects within the service; gives the page at the end. */
async function follow(browser: Browser, answer: Answer): Promise<Answer> {
  let at = answer;
  while (at.location !== undefined) at = await browser.get(new URL(at.location, at.url).href);
  return at;
}

const unescape = (html: string): string =>
  html.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&');

/** What the page posts to whoever asked. */
function posted(page: Answer): {
  readonly target: string;
  readonly fields: Readonly<Record<string, string>>;
} {
  const [, target = ''] = /<form method="post" action="([^"]*)" data-after="0">/.exec(page.body) ?? [];
  const fields = [...page.body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  return {
    target: unescape(target),
    fields: Object.fromEntries(fields.map(([, name = '', value = '']) => [name, unescape(value)])),
  };
}

const decoded = (text = ''): string => Buffer.from(text, 'base64').toString('utf8');

/** By name space and name. */
function attributesOf(response: string): Readonly<Record<string, string>> {
  const all = parseXml(Buffer.from(response)).root.all();
  return Object.fromEntries(
    all
      .filter(({ name }) => name === 'Attribute')
      .map((one) => [
        `${one.attribute('AttributeNamespace')}/${one.attribute('AttributeName')}`,
        one.elements[0]!.ownText,
      ]),
  );
}

/** From the address to the answer, with a broker in between. */
async function logOn(browser: Browser, start: string): Promise<Answer> {
  const page = await follow(browser, await browser.get(start));
  const { continueUrl } = readPage(page.body, page.url);
  const back = await approveInApp(browser, continueUrl!, anna);
  return follow(browser, await browser.get(back));
}

/** The account as identity provider, by what it publishes. */
async function identityProvider(): Promise<{
  readonly baseUrl: string;
  readonly metadata: string;
  readonly idpCert: string;
}> {
  const baseUrl = `${url}/std/saml2/demo`;
  const metadata = await (await fetch(`${baseUrl}/metadata`)).text();
  const [, idpCert = ''] = /<ds:X509Certificate>([^<]*)</.exec(metadata) ?? [];
  return { baseUrl, metadata, idpCert };
}

async function register(metadata: string, options: { readonly encrypt?: boolean } = {}): Promise<void> {
  const settings = readSpMetadata(Buffer.from(metadata), options);
  await setServiceProvider(db, { service: 'demo', settings, changedAt: new Date() });
}

async function chooseAndLogOn(browser: Browser, start: string, method: string): Promise<Answer> {
  const choose = await follow(browser, await browser.get(start));
  const { action, fields } = readPage(choose.body, choose.url).forms.get(`choose:${method}`)!;
  const page = await follow(browser, await browser.post(action, fields));
  const { continueUrl } = readPage(page.body, page.url);
  return follow(browser, await browser.get(await approveInApp(browser, continueUrl!, anna)));
}

t.test('SAML 1.1: a person logs on, and whoever asked is told', async (t) => {
  const page = await logOn(new Browser('en'), address('id=mitid-cpr::en'));
  const { target, fields } = posted(page);
  t.equal(target, `${TARGET}?from=cart`);
  t.equal(fields['TARGET'], target);
  const response = decoded(fields['SAMLResponse']);
  t.match(response, `Recipient="${TARGET}?from=cart"`);
  t.match(response, `Issuer="${application.login!.issuer}"`);
  const told = attributesOf(response);
  t.match(told, {
    'signicat/service-name': 'demo',
    'signicat/method-name': 'mitid-cpr',
    'signicat/plain-name': 'Anna Prøve Æblegård',
    'signicat/national-id': '1405822042',
    'national-id/dk.cpr': '1405822042',
    'unique-id/mitid': told['signicat/unique-id'],
    'mitid/uuid': told['signicat/unique-id'],
  });
});

t.test('SAML 1.1: the attributes of other eIDs, and the older form of the address', async (t) => {
  const swedish = attributesOf(
    decoded(
      posted(await logOn(new Browser('en'), address('method=sbid&profile=&language=sv'))).fields[
        'SAMLResponse'
      ],
    ),
  );
  t.equal(swedish['national-id/se.persnr'], '198205142398');
  t.equal(swedish['unique-id/sbid'], swedish['unique-id/bankid-se'], 'by its old name and its new one');
  const norwegian = attributesOf(
    decoded(posted(await logOn(new Browser('en'), address('id=nbid:'))).fields['SAMLResponse']),
  );
  t.equal(norwegian['unique-id/bankid-no'], norwegian['signicat/unique-id']);
});

t.test('a person chooses among several, changes their mind, and leaves', async (t) => {
  const browser = new Browser('en');
  const choose = await follow(browser, await browser.get(address('method=mitid,sbid,no-such')));
  const forms = readPage(choose.body, choose.url).forms;
  t.same(
    [...forms.keys()].filter((key) => key.startsWith('choose:')),
    ['choose:mitid', 'choose:sbid'],
  );
  const chosen = forms.get('choose:sbid')!;
  const page = await follow(browser, await browser.post(chosen.action, chosen.fields));
  t.equal(readPage(page.body, page.url).step, 'login');
  const other = readPage(page.body, page.url).forms.get('choose')!;
  const again = await follow(browser, await browser.post(other.action, other.fields));
  t.equal(readPage(again.body, again.url).step, 'choose-login');
  const forged = await browser.post(chosen.action, { ...chosen.fields, method: 'nbid' });
  t.equal(readPage((await follow(browser, forged)).body, again.url).step, 'choose-login', 'not asked for');
  const leave = readPage(again.body, again.url).forms.get('cancel')!;
  t.equal((await browser.post(leave.action, { ...leave.fields, _csrf: 'x' })).status, 403, 'a form of ours');
  const answer = await follow(browser, await browser.post(leave.action, leave.fields));
  const response = decoded(posted(answer).fields['SAMLResponse']);
  t.match(response, 'urn:signicat:error:usercancel');
  t.notMatch(response, 'Assertion>');
});

t.test('who cancels in the app goes back; a method that is not there is told', async (t) => {
  const browser = new Browser('en');
  const page = await follow(browser, await browser.get(address('id=mitid::')));
  const { continueUrl } = readPage(page.body, page.url);
  const back = await approveInApp(browser, continueUrl!, anna, { outcome: 'abort' });
  const answer = await follow(browser, await browser.get(back));
  t.match(decoded(posted(answer).fields['SAMLResponse']), 'urn:signicat:error:usercancel');
  const unknown = await follow(browser, await browser.get(address('id=no-such::')));
  t.match(decoded(posted(unknown).fields['SAMLResponse']), 'urn:signicat:error:no-such:METHOD_UNKNOWN');
});

t.test('SAML 2.0: node-saml, as service provider, with everything signed and encrypted', async (t) => {
  const { baseUrl, metadata, idpCert } = await identityProvider();
  const keys = createTestPki('RSA');
  const privateKey = keys.signer.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const publicCert = certificatesToPem([keys.signer.certificate.der]);
  const entityId = 'https://node.example/sp';
  const sp = new SAML({
    ...{ issuer: entityId, callbackUrl: 'https://node.example/acs', entryPoint: `${baseUrl}/sso`, idpCert },
    ...{ audience: entityId, idpIssuer: baseUrl, identifierFormat: nameIdFormat('persistent') },
    ...{ privateKey, decryptionPvk: privateKey, signatureAlgorithm: 'sha256', digestAlgorithm: 'sha256' },
    authnContext: ['http://eidas.europa.eu/LoA/substantial'],
    ...{ racComparison: 'minimum', validateInResponseTo: ValidateInResponseTo.always },
  });
  t.match(metadata, `entityID="${baseUrl}"`);
  await register(sp.generateServiceProviderMetadata(publicCert, publicCert), { encrypt: true });

  const address = await sp.getAuthorizeUrlAsync('cart-1', undefined, {});
  const page = await chooseAndLogOn(new Browser('en'), address, 'mitid-cpr');
  const { target, fields } = posted(page);
  t.equal(target, 'https://node.example/acs');
  t.equal(fields['RelayState'], 'cart-1');
  t.notMatch(decoded(fields['SAMLResponse']), 'Anna', 'the assertion is encrypted');
  const { profile } = await sp.validatePostResponseAsync({ SAMLResponse: fields['SAMLResponse']! });
  t.match(profile, {
    ...{ issuer: baseUrl, 'common-name': 'Anna Prøve Æblegård', 'national-identity': '1405822042' },
    ...{ 'national-identity-country': 'DK', 'date-of-birth': '1982-05-14', 'method-name': 'mitid-cpr' },
    nameIDFormat: nameIdFormat('persistent'),
  });
  t.not(profile?.nameID, profile?.['unique-id'], 'a name of its own for each service provider');
  await t.rejects(sp.validatePostResponseAsync({ SAMLResponse: fields['SAMLResponse']! }), /InResponseTo/);

  const again = await new Browser('en').get(address);
  t.equal(again.status, 400, 'a request is taken once');
  const unsigned = new SAML({
    ...{ issuer: entityId, callbackUrl: 'https://node.example/acs', entryPoint: `${baseUrl}/sso`, idpCert },
    disableRequestedAuthnContext: true,
  });
  const refused = await new Browser('en').get(await unsigned.getAuthorizeUrlAsync('', undefined, {}));
  t.match(
    refused,
    { status: 400, body: 'data-code="LOGIN_REQUEST_REFUSED"' },
    'its metadata says that it signs',
  );
});

t.test('SAML 2.0: by a form, with a method that the service provider asks for', async (t) => {
  const { baseUrl, idpCert } = await identityProvider();
  const entityId = 'https://form.example/sp';
  const options = {
    ...{ issuer: entityId, entryPoint: `${baseUrl}/sso`, idpCert, audience: entityId },
    ...{ identifierFormat: null, authnContext: ['urn:segl:login:sbid'] },
    ...{ authnRequestBinding: 'HTTP-POST', skipRequestCompression: true },
    callbackUrl: 'https://form.example/acs',
  };
  const sp = new SAML(options);
  await register(sp.generateServiceProviderMetadata(null));
  const send = async (of: SAML): Promise<Answer> => {
    const form = await of.getAuthorizeFormAsync('');
    const [, SAMLRequest = ''] = /name="SAMLRequest" value="([^"]*)"/.exec(form) ?? [];
    const browser = new Browser('en');
    const page = await follow(browser, await browser.post(`${baseUrl}/sso`, { SAMLRequest }));
    const { continueUrl } = readPage(page.body, page.url);
    if (continueUrl === undefined) return page;
    return follow(browser, await browser.get(await approveInApp(browser, continueUrl, anna)));
  };
  const { fields } = posted(await send(sp));
  const { profile } = await sp.validatePostResponseAsync({ SAMLResponse: fields['SAMLResponse']! });
  t.match(profile, { 'method-name': 'sbid', nameID: profile?.['unique-id'] });
  const tampered = decoded(fields['SAMLResponse']).replace('>sbid<', '>nbid<');
  await t.rejects(
    sp.validatePostResponseAsync({ SAMLResponse: Buffer.from(tampered).toString('base64') }),
    /signature/i,
  );

  const statusOf = async (more: object): Promise<string> =>
    decoded(posted(await send(new SAML({ ...options, ...more }))).fields['SAMLResponse']);
  const password = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport';
  t.match(await statusOf({ authnContext: [password] }), 'status:NoAuthnContext');
  t.match(await statusOf({ authnContext: ['urn:segl:login:no-such'] }), 'status:NoAuthnContext');
  t.match(await statusOf({ passive: true }), 'status:NoPassive');
  const mail = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
  t.match(await statusOf({ identifierFormat: mail }), 'status:InvalidNameIDPolicy');
  const swapped = await send(new SAML({ ...options, callbackUrl: 'https://evil.example/acs' }));
  t.match(swapped, { status: 400, body: 'data-code="LOGIN_REQUEST_REFUSED"' });
  t.notMatch(swapped.body, 'evil.example', 'nothing leads there');
  const unknown = await send(new SAML({ ...options, issuer: 'https://unknown.example/sp' }));
  t.match(unknown, { status: 400, body: 'data-code="LOGIN_REQUEST_REFUSED"' });
});

t.test('nothing goes to an address that is not registered', async (t: Test) => {
  for (const target of ['https://evil.example/login', `${TARGET}/`, 'javascript:alert(1)']) {
    const { status, body } = await new Browser('en').get(address('id=mitid::', target));
    t.equal(status, 403, target);
    t.match(body, 'data-code="LOGIN_TARGET_REFUSED"');
    t.notMatch(body, target);
  }
  const foreign = await fetch(address('id=mitid::').replace('/demo?', '/other?'));
  t.equal(foreign.status, 403, 'it is registered for one account');
  t.match(await (await fetch(`${url}/std/method/demo?id=mitid`)).text(), 'LOGIN_REQUEST_REFUSED');
});

t.test('an answer is for the browser that asked, and for a moment', async (t) => {
  const browser = new Browser('en');
  const page = await logOn(browser, address('id=mitid::'));
  t.equal((await new Browser('en').get(page.url)).status, 403, 'another browser');
  const first = posted(await browser.get(page.url)).fields['SAMLResponse'];
  t.ok(first, 'a page that is loaded again answers again');
  let ahead = 0;
  const clock = { now: () => new Date(Date.now() + ahead) };
  const flow = createLoginService({ ...application.context, clock });
  const ref = new URL(page.url).pathname.split('/').at(-1)!;
  await t.rejects(flow.view({ ref, secret: 'guessed' }), { code: 'SESSION_GONE' });
  const asked = {
    service: 'demo',
    methods: ['mitid'],
    reply: { protocol: 'saml1', target: TARGET },
  } as const;
  const left = await flow.open(asked);
  await flow.cancel(left);
  ahead = 25_000;
  t.equal((await flow.view(left)).step.kind, 'answer');
  ahead = 31_000;
  await t.rejects(flow.view(left), { code: 'SESSION_GONE' });
  t.ok((await forgetLogins({ db, clock })) > 0, 'who it was is not kept');
  t.equal((await browser.get(page.url)).status, 403);
});

t.test('operators say where answers go', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'segl-login-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const { config } = application.context;
  const env = {
    ...{ PATH: process.env['PATH'], DATABASE_URL: application.databaseUrl, PUBLIC_URL: url },
    ...{ LOGIN_SERVICE: 'on', LOGIN_KEY_FILE: config.loginKeyFile, LOGIN_CHAIN_FILE: config.loginChainFile },
  };
  const segl = async (...args: string[]): Promise<string> => {
    const program = [projectFile('cli', 'dist', 'main.js'), ...args];
    const { code, stdout, stderr } = await promisify(execFile)(process.execPath, program, { env }).then(
      (said) => ({ ...said, code: 0 }),
      (failure: { code: number; stdout: string; stderr: string }) => failure,
    );
    return `${code} ${stdout}${stderr}`;
  };
  const other = 'https://other.example/login';
  t.equal((await fetch(address('id=no-such::', other))).status, 403);
  t.match(await segl('target', 'add', 'demo', other), /^0 /);
  t.equal((await fetch(address('id=no-such::', other), { redirect: 'manual' })).status, 303);
  t.match(await segl('target', 'list', 'demo'), `demo  ${other}\n`);
  t.match(await segl('target', 'remove', 'demo', other), /^0 /);
  t.equal((await fetch(address('id=no-such::', other))).status, 403);
  t.match(await segl('target', 'remove', 'demo', other), /^1 /, 'there is none');
  t.match(await segl('target', 'add', 'demo', 'http://other.example/'), /^[12] [^]*no address/);
  t.match(await segl('target', 'add', 'nobody', other), 'nobody');

  const file = join(folder, 'sp.xml');
  const entityId = 'https://cli.example/sp';
  const options = { issuer: entityId, callbackUrl: 'https://cli.example/acs', idpCert: 'x', entryPoint: url };
  await writeFile(file, new SAML(options).generateServiceProviderMetadata(null));
  t.match(await segl('sp', 'add', 'demo', file), /^0 /);
  t.match(await segl('sp', 'list', 'demo'), `demo  ${entityId}\n  https://cli.example/acs\n`);
  t.match(await segl('sp', 'add', 'demo', file, '--encrypt'), /^1 [^]*no RSA key/);
  t.equal(await segl('sp', 'metadata', 'demo'), `0 ${(await identityProvider()).metadata}\n`);
  t.match(await segl('sp', 'remove', 'demo', entityId), /^0 /);
  t.notMatch(await segl('sp', 'list', 'demo'), entityId);
});
