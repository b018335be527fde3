/** Signing by OpenID Connect in a real browser: there, approved in the app, and back. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { IDENTITY_PACKAGING_POLICY } from '@segl/identity/evidence/identity/policy';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import { openBrowser } from '../support/browser.ts';
import { orderOverSoap, startTestService, textDocument } from '../support/server/service.ts';
import { until } from '../support/server/running.ts';

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SEGL_SCREENSHOTS'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `oidc-${name}.png`), fullPage: true });
}

t.test('a broker shows the document, and seals that it was signed', async (t) => {
  const service = await startTestService(t, async (offered) => offered);
  const { backEnd } = service;
  const browser = await openBrowser(t);
  if (!browser) return;
  const requestId = await orderOverSoap(
    service,
    `${textDocument('doc', 'I promise to feed the birds.')}<task id="a"><document-action type="sign"><document-ref>doc</document-ref></document-action><signature><method>mitid-shown</method></signature></task>`,
  );
  const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
  await page.goto(backEnd.taskUrl(requestId, 'a'));
  await page.waitForSelector('main[data-step=read]');
  await page.getByRole('checkbox').check();
  await page.locator('form[data-action=read] button').click();
  await page.waitForSelector('main[data-step=sign]');
  await page.locator('#continue').click();
  await page.waitForSelector('main[data-step=app]');
  await picture(page, 'shown');
  t.equal(await page.locator('#presented').innerText(), 'I promise to feed the birds.');
  await page.locator('button[value=transaction-revoked]').click();
  await page.waitForSelector('main[data-step=sign]');
  t.match(await page.locator('main').innerText(), /could not be accepted/);

  await page.locator('#continue').click();
  await page.waitForSelector('main[data-step=app]');
  await page.locator('button[value=approve]').click();
  await page.waitForSelector('main[data-step=send-in]');
  await page.locator('form[data-action=send-in] button').click();
  await page.waitForSelector('main[data-step=done]');
  const uri = await until('the package', async () => (await backEnd.getStatus(requestId)).resultUris[0]);
  const { native } = readLtvSdo(await backEnd.download(uri));
  t.ok(readIdentityEvidence(native.bytes).proofs.some(({ role }) => role === 'transaction-token'));
});

t.test('a person goes there, compares the code, cancels, approves, and sends in', async (t) => {
  const service = await startTestService(t, async (offered) => offered);
  const { backEnd } = service;
  const browser = await openBrowser(t);
  if (!browser) return;
  const requestId = await orderOverSoap(
    service,
    `${textDocument('doc', 'I promise to feed the birds.')}<task id="a"><document-action type="sign"><document-ref>doc</document-ref></document-action><signature><method>mitid</method></signature></task>`,
  );
  const context = await browser.newContext({ locale: 'da-DK' });
  const page = await context.newPage();
  const blocked: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|Refused/.test(message.text())) blocked.push(message.text());
  });
  await page.goto(backEnd.taskUrl(requestId, 'a'));
  await page.waitForSelector('main[data-step=read]');
  await page.getByRole('checkbox').check();
  await page.locator('form[data-action=read] button').click();

  await page.waitForSelector('main[data-step=sign]');
  await picture(page, 'sign');
  await page.locator('#continue').click();
  await page.waitForSelector('main[data-step=app]');
  await picture(page, 'app');
  await page.locator('button[value=abort]').click();
  await page.waitForSelector('main[data-step=sign]');
  t.match(await page.locator('main').innerText(), /You cancelled|Du afbrød/);

  const code = await page.locator('#code').innerText();
  await page.locator('#continue').click();
  await page.waitForSelector('main[data-step=app]');
  t.match(
    await page.locator('#shown').innerText(),
    new RegExp(`: A promise ${code}$`),
    'the same code there',
  );
  await page.getByRole('combobox').first().selectOption('bo');
  await page.locator('button[value=approve]').click();
  await page.waitForSelector('main[data-step=send-in]');
  await page.locator('form[data-action=send-in] button').click();
  await page.waitForSelector('main[data-step=done]');
  t.same(blocked, [], 'no rule of the pages stood in the way');

  const uri = await until('the package', async () => (await backEnd.getStatus(requestId)).resultUris[0]);
  t.match(readLtvSdo(await backEnd.download(uri)), {
    packagingPolicy: IDENTITY_PACKAGING_POLICY,
    signer: { displayName: 'Bo Prøve Østerbølge' },
  });
});

const SIGN = (id: string): string =>
  `<document-action type="sign"><document-ref>${id}</document-ref></document-action>`;

const read = async (page: Page): Promise<void> => {
  await page.waitForSelector('main[data-step=read]');
  await page.getByRole('checkbox').check();
  await page.locator('form[data-action=read] button').click();
};

/** There, approved, and back. */
const approve = async (page: Page): Promise<void> => {
  await page.waitForSelector('main[data-step=sign]');
  await page.locator('#continue').click();
  await page.waitForSelector('main[data-step=app]');
  await page.getByRole('combobox').first().selectOption('anna');
  await page.locator('button[value=approve]').click();
};

const sendIn = async (page: Page): Promise<void> => {
  await page.waitForSelector('main[data-step=send-in]');
  await page.locator('form[data-action=send-in] button').click();
  await page.waitForSelector('main[data-step=done]');
};

t.test('one statement about two documents, confirmed by one log-on', async (t) => {
  const executablePath = tool(t, 'chromium');
  if (!executablePath) return;
  const service = await startTestService(t, async (offered) => offered);
  const { backEnd } = service;
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking'],
  });
  t.teardown(() => browser.close());
  const order = (documents: string, task: string): Promise<string> =>
    orderOverSoap(service, `${documents}<task id="a">${task}</task>`);
  const open = async (requestId: string): Promise<Page> => {
    const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
    await page.goto(backEnd.taskUrl(requestId, 'a'));
    return page;
  };

  const requestId = await order(
    textDocument('one', 'I feed the birds.') + textDocument('two', 'I water the plants.'),
    `${SIGN('one')}${SIGN('two')}<signature responsive="true"><method>mitid</method></signature>`,
  );
  const page = await open(requestId);
  await read(page);
  await read(page);
  await page.waitForSelector('main[data-step=declare]');
  const digests =
    /^I have read the documents .*Document 1: .*SHA-256: [0-9a-f]{64}\n\nDocument 2: .*[0-9a-f]{64}$/s;
  t.match(await page.locator('#statement').innerText(), digests);
  t.equal(await page.locator('.what').count(), 2, 'both can be looked at once more');
  await picture(page, 'statement');
  await page.getByRole('checkbox').check();
  await page.locator('form[data-action=declare] button').click();
  await approve(page);
  await sendIn(page);
  const { resultUris } = await until('the packages', async () => {
    const status = await backEnd.getStatus(requestId);
    return status.resultUris.length === 2 && status;
  });
  const places = [];
  for (const uri of resultUris) places.push(readLtvSdo(await backEnd.download(uri)).native.bundleIndex);
  t.same(places, [0, 1]);
});
