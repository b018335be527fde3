/** Other systems have people log on here: one service for all flows, and people who need no browser. */
import t, { type Test } from 'tap';
import { parseXml } from '@segl/ades/xml/document';
import { approveInApp } from '@segl/sandbox/methods/oidc/person';
import { Browser, type Answer } from '@segl/sandbox/person/browser';
import { readPage } from '@segl/sandbox/person/page';
import { addLoginTarget } from '@segl/server/adapters/postgres/login/targets';
import { createLoginService, forgetLogins } from '@segl/server/application/login/login-flow';
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
  ahead = 31_000;
  t.ok((await forgetLogins({ db, clock })) > 0, 'who it was is not kept');
  t.equal((await browser.get(page.url)).status, 403);
});
