/** A form in a real browser: mistakes, going back, signing; what was typed is told by SOAP and stands in the PDF. */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { SANDBOX_ACCOUNT } from '@segl/cli/sandbox/account';
import { testPersons, type TestPerson } from '@segl/sandbox/methods/nemid/persons';
import { axeOn, openBrowser } from '../support/browser.ts';
import { addActions, answers, makeForm } from '../support/pdf/form-pdf.ts';
import { clientOf, logOn } from '../support/nemid-in-browser.ts';
import { replyErrors, schemaOf } from '../support/server/reply-schema.ts';
import { createPlace, type Place } from '../support/server/running.ts';
import { tool } from '../support/tools.ts';

const [anna] = testPersons as [TestPerson];
const NAMESPACE = 'https://id.signicat.com/definitions/wsdl/Document-v';

/** Screenshots for people to look at, where the environment names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SEGL_SCREENSHOTS'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  const size = page.viewportSize();
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(folder, `form-${name}-${width}.png`), fullPage: true });
  }
  if (size) await page.setViewportSize(size);
}

async function call({ baseUrl }: Place, version: 2 | 3, operation: string, body: string): Promise<string> {
  const { service, password } = SANDBOX_ACCOUNT;
  const namespace = `${NAMESPACE}${version}`;
  const response = await fetch(`${baseUrl}/ws/documentservice-v${version}`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
    body: `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>
<${operation} xmlns="${namespace}" xmlns:tns="${namespace}"><service>${service}</service><password>${password}</password>${body}</${operation}></soap:Body></soap:Envelope>`,
  });
  return response.text();
}

async function createOrder(place: Place): Promise<string> {
  const data = Buffer.from(await makeForm(addActions)).toString('base64');
  const reply = await call(
    place,
    3,
    'create-request-request',
    `<request><language>da</language>
<document xsi:type="tns:provided-document" id="berth" mime-type="application/pdf">
<form id="interactive"><input-param name="reference" value="Nr. 7"/><input-param name="color" value="Red"/></form>
<data>${data}</data><description>Ansøgning om bådplads</description></document>
<task id="t"><subject id="s"><national-id>${anna.cpr}</national-id></subject>
<document-action type="sign"><document-ref>berth</document-ref></document-action>
<signature><method>nemid-sign</method></signature></task></request>`,
  );
  const [, requestId] = /<request-id>([^<]*)</.exec(reply) ?? [];
  if (requestId === undefined) throw new Error(reply);
  return requestId;
}

const decode = (text: string): string =>
  text
    .replaceAll('&#10;', '\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

t.test('a person fills in a form and signs it', async (t) => {
  if (!tool(t, 'pdftotext')) return;
  const place = await createPlace(t);
  await place.start();
  const browser = await openBrowser(t);
  if (!browser) return;
  const requestId = await createOrder(place);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'da-DK' });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  const accessible = async (what: string): Promise<void> => {
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      const overflow = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      t.ok(overflow <= 0, `${what}: nothing sticks out at ${width} px`);
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const axe = axeOn(page).exclude('.text-layer');
      if (colorScheme === 'dark') axe.withRules('color-contrast');
      else axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
      const { violations } = await axe.analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
      t.same(found, [], `${what}: accessible in ${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
  };
  const next = page.locator('form[data-action=form] button');

  await page.goto(place.backEnd.taskUrl(requestId, 't'));
  await page.waitForSelector('main[data-step=form]');
  t.match(await page.locator('[data-field=reference] .fixed').innerText(), 'Nr. 7');
  await accessible('the form');
  await picture(page, 'start');

  // past what the browser itself holds back
  await page.evaluate(`document.querySelector('form[data-action=form]').noValidate = true`);
  await page.getByLabel('Navn på ansøgeren').fill('名前');
  await next.click();
  await page.waitForSelector('.field-problem');
  t.match(await page.locator('.notice').innerText(), /Season/);
  t.match(await page.locator('[data-field="applicant.name"]').innerText(), /ikke kan stå i dokumentet: 名前/);
  complaints.length = 0; // the browser notes that a page came with 422
  await accessible('the form with mistakes');
  await picture(page, 'mistakes');

  await page.getByLabel('Navn på ansøgeren').fill(answers['applicant.name']![0]!);
  await page.getByLabel('applicant.postcode').fill('8000');
  await page.getByLabel('Notes').fill(answers['notes']![0]!);
  await page.getByLabel('Member of the club').check();
  await page.getByLabel('All year').check();
  await page.getByLabel('Berth').selectOption('Æbelø');
  t.equal(await page.getByLabel('color').inputValue(), 'Red', 'the order fills in');
  await page.getByLabel('color').fill('Blue');
  await page.getByLabel('Power').check();
  await page.getByLabel('Winter storage').check();
  await next.click();
  await page.waitForSelector('main[data-step=read]');
  await page.waitForSelector('#viewer canvas');
  await page.waitForFunction(`document.querySelectorAll('.sheet').length === 2`);
  t.match(
    await page.locator('.text-layer').first().textContent(),
    'Søren Ægir Åkjær',
    'what was typed is shown',
  );
  await picture(page, 'read');

  await page.locator('form[data-action=change-form] button').click();
  await page.waitForSelector('main[data-step=form]');
  t.equal(await page.getByLabel('Berth').inputValue(), 'Æbelø', 'nothing is forgotten');
  await page.getByLabel('color').fill('Grøn');
  await next.click();
  await page.waitForSelector('main[data-step=read]');
  await page.waitForSelector('#viewer canvas');
  await page.getByRole('checkbox').check();
  await page.locator('form[data-action=read] button').click();
  await page.waitForSelector('main[data-step=sign]');
  await picture(page, 'sign');
  await logOn(page, place.sandboxUrl, anna);
  await clientOf(page).locator('#sign button.go').click();
  await page.waitForSelector('main[data-step=send-in]');
  await page.locator('form[data-action=send-in] button').click();
  await page.waitForSelector('main[data-step=done]');
  t.same(complaints, [], 'the pages cause no error');

  const expected = Object.entries({ ...answers, reference: ['Nr. 7'] }).flatMap(([name, values]) =>
    values.map((value) => [name, value]),
  );
  for (const version of [2, 3] as const) {
    const status = await call(place, version, 'get-status-request', `<request-id>${requestId}</request-id>`);
    t.equal(replyErrors(schemaOf(`documentservice-v${version}.wsdl`), status), '', `valid in v${version}`);
    t.same(
      [...status.matchAll(/<form-output-param name="([^"]*)" value="([^"]*)"/g)].map((each) =>
        each.slice(1).map(decode),
      ),
      expected,
      `v${version} tells what was typed`,
    );
  }
  const generated = await place.backEnd.download(
    `${place.baseUrl}/doc/${SANDBOX_ACCOUNT.service}/order/${requestId}/t/berth/generated`,
  );
  const file = join(place.dataDir, 'generated.pdf');
  await writeFile(file, generated);
  const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
  for (const line of [
    'Søren Ægir Åkjær',
    'Μια βάρκα από την Ελλάδα',
    'Nr. 7',
    'Æbelø',
    'Grøn',
    'Winter storage',
  ])
    t.match(text, line);
  const { resultUris } = await place.backEnd.getStatus(requestId);
  t.equal(resultUris.length, 1);
});
