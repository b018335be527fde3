/** The whole way in a real browser: two persons read, sign with NemID and send in. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { makeAgreement } from '@segl/cli/demo/document';
import { startReceiver } from '@segl/cli/demo/receiver';
import { testPersons, type TestPerson } from '@segl/sandbox/methods/nemid/persons';
import { openBrowser } from '../support/browser.ts';
import { createPlace, type Place } from '../support/server/running.ts';

const WIDTHS = [390, 1280];

/** Screenshots for people to look at, where the environment names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SEGL_SCREENSHOTS'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  const size = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(folder, `order-${name}-${width}.png`), fullPage: true });
  }
  if (size) await page.setViewportSize(size);
}

/** The key for a number on a person's key card, as the card's page shows it. */
async function keyOf(place: Place, card: string, number: string): Promise<string> {
  const response = await fetch(`${place.sandboxUrl}/testtools/api/key`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ card, number }),
  });
  return ((await response.json()) as { key: string }).key;
}

async function signInBrowser(place: Place, page: Page, taskUrl: string, person: TestPerson): Promise<void> {
  await page.goto(taskUrl);
  await page.waitForSelector('main[data-step=read]');
  await page.waitForSelector('#viewer canvas');
  await picture(page, 'read');
  await page.getByRole('checkbox').check();
  await page.locator('form[data-action=read] button').click();

  await page.waitForSelector('main[data-step=sign]');
  const client = page.frameLocator('#eid-client');
  await client.locator('#userid').fill(person.userId);
  await client.locator('input[name=password]').fill(person.password);
  await picture(page, 'sign');
  await client.locator('#user button.go').click();
  const number = client.locator('#key-number');
  await number.waitFor({ state: 'visible' });
  const card = await client.locator('#card-serial').innerText();
  await picture(page, 'key');
  await client.locator('#otp').fill(await keyOf(place, card, (await number.innerText()).trim()));
  await client.locator('#key button.go').click();
  await client.locator('#sign button.go').waitFor({ state: 'visible' });
  await picture(page, 'sign-text');
  await client.locator('#sign button.go').click();
}

t.test('two persons sign in the browser, one after the other', async (t) => {
  const place = await createPlace(t);
  await place.start();
  const receiver = await startReceiver(() => new Date());
  t.teardown(() => receiver.close());
  const browser = await openBrowser(t);
  if (!browser) return;
  const { backEnd } = place;
  const [anna, bo] = testPersons as [TestPerson, TestPerson];
  const requestId = await backEnd.createRequest({
    sdsId: await backEnd.upload(await makeAgreement(new Date()), 'application/pdf'),
    title: 'Loan of a cargo bicycle',
    signers: [anna, bo].map(({ cpr }) => ({ nationalId: cpr, firstName: 'Test', lastName: 'Person' })),
    method: 'nemid-sign',
    callbackUrl: receiver.url,
    language: 'da',
  });
  const errors: string[] = [];
  const visit = async () => {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    return page;
  };

  const early = await visit();
  const waiting = await early.goto(backEnd.taskUrl(requestId, 'task_2'));
  t.equal(waiting?.status(), 409, 'the second person waits for the first');
  await picture(early, 'waiting');
  errors.length = 0;

  const first = await visit();
  await signInBrowser(place, first, backEnd.taskUrl(requestId, 'task_1'), anna);
  await first.waitForSelector('main[data-step=send-in]');
  t.equal((await backEnd.getStatus(requestId)).statuses.get('task_1'), 'created', 'signed is not sent in');
  await picture(first, 'send-in');
  await first.locator('form[data-action=send-in] button').click();
  await first.waitForSelector('main[data-step=done]');
  await picture(first, 'done');
  t.equal((await backEnd.getStatus(requestId)).statuses.get('task_1'), 'completed');

  const wrong = await visit();
  await signInBrowser(place, wrong, backEnd.taskUrl(requestId, 'task_2'), anna);
  const notice = wrong.locator('.notice');
  await notice.waitFor({ state: 'visible' });
  t.match(await notice.innerText(), /en anden end den, dokumentet er til/, 'somebody else cannot sign');
  t.equal(await wrong.locator('main').getAttribute('data-step'), 'sign', 'and may try again');
  await picture(wrong, 'mismatch');
  errors.length = 0;

  const second = await visit();
  await signInBrowser(place, second, backEnd.taskUrl(requestId, 'task_2'), bo);
  await second.waitForSelector('main[data-step=send-in]');
  await second.locator('form[data-action=send-in] button').click();
  await second.waitForSelector('main[data-step=done]');
  t.same(errors, [], 'the pages cause no error');

  t.equal((await receiver.received).requestId, requestId);
  const { resultUris } = await backEnd.getStatus(requestId);
  const contents = [];
  for (const uri of resultUris) contents.push(verifyLtvSdo(await backEnd.download(uri)).content);
  t.same(
    contents.map(({ signer }) => [signer.displayName, signer.nationalId?.id]),
    [anna, bo].map(({ name, cpr }) => [name, cpr]),
  );
  t.match(contents[0]?.creation.components.find(({ name }) => name === 'user-agent')?.version, /Chrome/);
});
