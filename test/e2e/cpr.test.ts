/** The CPR step in a real browser: wrong and right, remembered and forgotten, locked, and not there at all. */
import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { SANDBOX_ACCOUNT } from '@segl/cli/sandbox/account';
import { testPersons, type TestPerson } from '@segl/sandbox/methods/nemid/persons';
import { axeOn, openBrowser } from '../support/browser.ts';
import { clientOf, logOn } from '../support/nemid-in-browser.ts';
import { exportP12, P12_PASSWORD } from '../support/provider.ts';
import { createPlace, type Place } from '../support/server/running.ts';
import { tool } from '../support/tools.ts';

const [anna, bo, carla] = testPersons as [TestPerson, TestPerson, TestPerson];
const WRONG = '0101010101';

/** Screenshots for people to look at, where the environment names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SEGL_SCREENSHOTS'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  const size = page.viewportSize();
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: join(folder, `cpr-${name}-${width}.png`), fullPage: true });
  }
  if (size) await page.setViewportSize(size);
}

/** An order for whoever comes; gives its task URL. */
async function createOrder({ baseUrl, backEnd }: Place): Promise<string> {
  const { service, password } = SANDBOX_ACCOUNT;
  const data = Buffer.from('I promise.').toString('base64');
  const response = await fetch(`${baseUrl}/ws/documentservice-v3`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
    body: `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>
<create-request-request xmlns="https://id.signicat.com/definitions/wsdl/Document-v3" xmlns:tns="https://id.signicat.com/definitions/wsdl/Document-v3">
<service>${service}</service><password>${password}</password><request><language>da</language>
<document xsi:type="tns:provided-document" id="doc" mime-type="text/plain"><data>${data}</data><description>Aftale</description></document>
<task id="t"><document-action type="sign"><document-ref>doc</document-ref></document-action>
<signature><method>nemid-sign</method></signature></task></request></create-request-request></soap:Body></soap:Envelope>`,
  });
  const [, requestId] = /<request-id>([^<]*)</.exec(await response.text()) ?? [];
  if (requestId === undefined) throw new Error('createRequest answered no request-id');
  return backEnd.taskUrl(requestId, 't');
}

t.test('the CPR step', async (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const place = await createPlace(t);
  await place.start();
  const browser = await openBrowser(t);
  if (!browser) return;
  const page = await (
    await browser.newContext({ locale: 'da-DK', viewport: { width: 1280, height: 900 } })
  ).newPage();
  page.setDefaultTimeout(60_000);

  const sign = async (person: TestPerson): Promise<void> => {
    await page.goto(await createOrder(place));
    await page.getByRole('checkbox').check();
    await page.locator('form[data-action=read] button').click();
    await page.waitForSelector('main[data-step=sign]');
    await logOn(page, place.sandboxUrl, person);
    await clientOf(page).locator('#sign button.go').click();
    await page.waitForSelector('main:not([data-step=sign])');
  };
  const step = (): Promise<string | null> => page.locator('main').getAttribute('data-step');
  const give = async (cpr: string, remember = false): Promise<void> => {
    await page.locator('#cpr').fill(cpr);
    await page.locator('input[name=consent]').check();
    if (remember) await page.locator('input[name=remember]').check();
    await page.locator('form[data-action=identify] button').click();
    await page.waitForLoadState();
  };
  const looksRight = async (name: string): Promise<void> => {
    await picture(page, name);
    t.same((await axeOn(page).analyze()).violations, [], `${name}: axe finds nothing`);
  };

  await sign(anna);
  t.equal(await step(), 'identify');
  await looksRight('asked');
  await give(WRONG);
  t.match(await page.locator('.notice').innerText(), /passer ikke/);
  t.equal(await page.locator('input[name=remember]').isChecked(), false, 'nothing is ticked beforehand');
  await give(anna.cpr, true);
  t.equal(await step(), 'send-in');
  await looksRight('remembered');
  await page.locator('form[data-action=send-in] button').click();
  await page.waitForSelector('main[data-step=done]');

  await sign(anna);
  t.equal(await step(), 'send-in', 'remembered: not asked again');
  t.notMatch(await page.content(), anna.cpr, 'and shown nowhere');
  await page.locator('form[data-action=forget] button').click();
  await page.waitForSelector('.notice');
  t.match(await page.locator('.notice').innerText(), /er glemt/);
  t.equal(await page.locator('form[data-action=forget]').count(), 0);
  await looksRight('forgotten');

  for (let visit = 0; visit < 2; visit++) {
    await sign(bo);
    for (let attempt = 0; attempt < 5; attempt++) await give(WRONG);
    t.equal(await step(), 'error');
  }
  t.match(await page.locator('main').innerText(), /om 24 timer/, 'too many in all visits together');
  await looksRight('locked');

  const p12 = join(place.dataDir, 'voces.p12');
  writeFileSync(p12, exportP12(openssl, join(place.dataDir, 'sandbox')));
  writeFileSync(join(place.dataDir, 'password'), P12_PASSWORD);
  const set = place.run('provider', {}, [
    ...['set', SANDBOX_ACCOUNT.service, '--p12', p12, '--password-file', join(place.dataDir, 'password')],
    ...[
      '--environment',
      'sandbox',
      '--friendly-name',
      'Segl Sandbox',
      '--spid',
      '2',
      '--cpr',
      'lookup',
      '--sector',
      'public',
    ],
  ]);
  t.equal(await set.ended, 0, set.output());
  await sign(carla);
  t.equal(await step(), 'send-in', 'looked up: no step');
  t.equal(await page.locator('form[data-action=forget]').count(), 0);
});
