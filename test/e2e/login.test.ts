/** Logging in before reading, in a real browser: mistakes, leaving, somebody else, and then the right person. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { SANDBOX_ACCOUNT } from '@segl/cli/sandbox/account';
import { testPersons, type TestPerson } from '@segl/sandbox/methods/nemid/persons';
import { axeOn, openBrowser } from '../support/browser.ts';
import { clientOf, logOn, typePassword } from '../support/nemid-in-browser.ts';
import { createPlace, type Place } from '../support/server/running.ts';

const [anna, bo] = testPersons as [TestPerson, TestPerson];
const SECRET = 'The price is 4711 kroner.';

/** Screenshots for people to look at, where the environment names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SEGL_SCREENSHOTS'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  const size = page.viewportSize();
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(folder, `login-${name}-${width}.png`), fullPage: true });
  }
  if (size) await page.setViewportSize(size);
}

/** One document to sign after a login, ordered over SOAP. */
async function createOrder({ baseUrl }: Place): Promise<string> {
  const { service, password } = SANDBOX_ACCOUNT;
  const data = Buffer.from(SECRET).toString('base64');
  const response = await fetch(`${baseUrl}/ws/documentservice-v3`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
    body: `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>
<create-request-request xmlns="https://id.signicat.com/definitions/wsdl/Document-v3" xmlns:tns="https://id.signicat.com/definitions/wsdl/Document-v3">
<service>${service}</service><password>${password}</password><request><language>en</language>
<document xsi:type="tns:provided-document" id="offer" mime-type="text/plain"><data>${data}</data><description>Offer</description></document>
<task id="t"><subject id="s"><national-id>${anna.cpr}</national-id></subject>
<document-action type="sign"><document-ref>offer</document-ref></document-action>
<authentication><dialog><title>An offer from Harbour Boats</title><message>It is for your eyes only.</message></dialog><method>nemid</method></authentication>
<signature><method>nemid-sign</method></signature></task></request></create-request-request></soap:Body></soap:Envelope>`,
  });
  const [, requestId] = /<request-id>([^<]*)</.exec(await response.text()) ?? [];
  if (requestId === undefined) throw new Error('createRequest answered no request-id');
  return requestId;
}

t.test('a person logs in, reads and signs', async (t) => {
  const place = await createPlace(t);
  await place.start();
  const browser = await openBrowser(t);
  if (!browser) return;
  const requestId = await createOrder(place);
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  let received = '';
  page.on('response', (response) => {
    void response.text().then(
      (text) => (received += text),
      () => undefined,
    );
  });

  await page.goto(place.backEnd.taskUrl(requestId, 't'));
  await page.waitForSelector('main[data-step=authenticate]');
  await clientOf(page).locator('#userid').waitFor({ state: 'visible' });
  t.match(await page.locator('#eid-title').innerText(), 'An offer from Harbour Boats');
  t.equal(await page.locator('.documents a').count(), 0, 'the document is named, not linked');
  t.equal(await page.locator('progress').getAttribute('aria-label'), 'Step 1 of 4');
  const { violations } = await axeOn(page)
    .exclude('iframe')
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  t.same(violations, [], 'accessible');
  await picture(page, 'start');

  await typePassword(page, anna.userId, 'not the password');
  await clientOf(page).getByText('User ID or password is wrong.').waitFor();
  await clientOf(page).locator('#user button.leave').click();
  const notice = page.locator('.notice');
  await notice.waitFor({ state: 'visible' });
  t.match(await notice.innerText(), /cancelled NemID/);
  await picture(page, 'cancelled');

  await logOn(page, place.sandboxUrl, bo);
  await page.waitForURL(/LOGIN_MISMATCH/);
  t.match(await notice.innerText(), /somebody else than the person the task is for/);
  t.equal(await page.locator('main').getAttribute('data-step'), 'authenticate');
  await clientOf(page).locator('#userid').waitFor({ state: 'visible' });
  await picture(page, 'mismatch');
  t.notOk(received.includes(SECRET), 'nothing of the document has come to the browser');

  await logOn(page, place.sandboxUrl, anna);
  await page.waitForSelector('main[data-step=read]');
  t.match(await page.locator('pre').innerText(), SECRET);
  await picture(page, 'read');
  await page.getByRole('checkbox').check();
  await page.locator('form[data-action=read] button').click();
  await page.waitForSelector('main[data-step=sign]');
  await logOn(page, place.sandboxUrl, anna);
  await clientOf(page).locator('#sign button.go').click();
  await page.waitForSelector('main[data-step=send-in]');
  await picture(page, 'send-in');
  await page.locator('form[data-action=send-in] button').click();
  await page.waitForSelector('main[data-step=done]');
  t.same(complaints, [], 'the pages cause no error');
  t.same(
    (await place.backEnd.getHistory(requestId, 't')).map(({ event }) => event),
    [
      ...['request-created', 'task-started', 'user-authentication-cancelled', 'error', 'user-authenticated'],
      ...['document-viewed', 'document-signed', 'task-completed'],
    ],
  );
});
