/** Signing by OpenID Connect in a real browser: there, approved in the app, and back. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { IDENTITY_PACKAGING_POLICY } from '@segl/identity/evidence/identity/policy';
import { readHandwritingEvent } from '@segl/identity/evidence/handwriting-event';
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

t.test('a person is asked in the app: the page waits, and goes on by itself', async (t) => {
  const service = await startTestService(t, async (offered) => offered);
  const { backEnd } = service;
  const browser = await openBrowser(t);
  if (!browser) return;
  const requestId = await orderOverSoap(
    service,
    `${textDocument('doc', 'I promise to feed the birds.')}<task id="a"><document-action type="sign"><document-ref>doc</document-ref></document-action><signature><method>nbid-app</method></signature></task>`,
  );
  const context = await browser.newContext({ locale: 'en-GB' });
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
  await picture(page, 'ask');
  const ask = async (): Promise<string> => {
    await page.locator('#number').fill('140582 00000');
    await page.locator('form[data-action=signature] button').click();
    return page.locator('#code').innerText();
  };
  const act = async (code: string, outcome: string): Promise<void> => {
    const phone = await context.newPage();
    await phone.goto(`${service.sandboxUrl}/oidc/app`);
    await picture(phone, 'phone');
    await phone.locator(`form[data-method="${code}"] button`).click();
    await phone.waitForSelector('main[data-step=app]');
    t.match(
      await phone.locator('#shown').innerText(),
      new RegExp(`: A promise ${code}$`),
      'the same code there',
    );
    await phone.locator(`button[value=${outcome}]`).click();
    await phone.waitForSelector('main[data-step=phone]');
    await phone.close();
  };
  const declined = await ask();
  await picture(page, 'wait');
  await page.evaluate("document.body.dataset.here = 'yes'");
  await page.waitForResponse((response) => response.request().method() === 'POST');
  t.equal(await page.evaluate('document.body.dataset.here'), 'yes', 'the page stays while it waits');
  await act(declined, 'abort');
  await page.waitForSelector('#number');
  t.match(await page.locator('main').innerText(), /You cancelled|Du afbrød/);

  await act(await ask(), 'approve');
  await page.waitForSelector('main[data-step=send-in]');
  await page.locator('form[data-action=send-in] button').click();
  await page.waitForSelector('main[data-step=done]');
  t.same(blocked, [], 'no rule of the pages stood in the way');
  const uri = await until('the package', async () => (await backEnd.getStatus(requestId)).resultUris[0]);
  const { native } = readLtvSdo(await backEnd.download(uri));
  t.match(readIdentityEvidence(native.bytes), { method: { flow: 'backchannel' } });
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

/** What the newest message of the sandbox's phone says. */
async function newestCode(gateway: string): Promise<string> {
  const { origin } = new URL(gateway);
  const messages = (await (await fetch(`${origin}/sms/api/messages`)).json()) as {
    text: string;
    at: string;
  }[];
  const [newest] = messages.sort((a, b) => b.at.localeCompare(a.at));
  return /Code: (\d{6})/.exec(newest!.text)![1]!;
}

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

t.test(
  'one statement about two documents, and two chains: a code before the eID, a drawing after it',
  async (t) => {
    let gateway = '';
    const service = await startTestService(t, async (offered) => {
      gateway = offered['SMS_GATEWAY_URL']!;
      return offered;
    });
    const { backEnd } = service;
    const browser = await openBrowser(t);
    if (!browser) return;
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

    const subject = '<subject id="s"><first-name>Anna</first-name><mobile>+4512345601</mobile></subject>';
    const packageOf = async (id: string) => {
      const uri = await until('the package', async () => (await backEnd.getStatus(id)).resultUris[0]);
      return readLtvSdo(await backEnd.download(uri));
    };
    const chained = (method: string) =>
      order(
        textDocument('one', 'I feed the birds.'),
        `${subject}${SIGN('one')}<signature><method>${method}</method></signature>`,
      );

    const coded = await chained('code-mitid');
    const first = await open(coded);
    await read(first);
    await first.waitForSelector('main[data-step=sign][data-link="1"]');
    t.match(await first.locator('.links').innerText(), /Code by SMS – now\s+MitID$/);
    await picture(first, 'chain-code');
    await first.locator('input[name=code]').fill(await newestCode(gateway));
    await first.locator('form[data-action=signature] button').click();
    await first.waitForSelector('main[data-step=sign][data-link="2"]');
    t.match(await first.locator('.links').innerText(), /Code by SMS – done\s+MitID – now$/);
    await picture(first, 'chain-eid');
    await approve(first);
    await sendIn(first);
    t.match(await packageOf(coded), { signature: { typeFriendlyName: 'Code by SMS + MitID' } });

    const drawn = await chained('mitid-ink');
    const second = await open(drawn);
    await read(second);
    await approve(second);
    await second.waitForSelector('main[data-step=declare][data-link="2"]');
    t.match(await second.locator('.links').innerText(), /MitID – done\s+Handwriting – now$/);
    const box = (await second.locator('#pad').boundingBox())!;
    for (const [index, [x, y]] of [
      [0.1, 0.3],
      [0.2, 0.7],
      [0.3, 0.3],
      [0.8, 0.6],
    ].entries()) {
      await second.mouse.move(box.x + x! * box.width, box.y + y! * box.height, { steps: 4 });
      if (index === 0) await second.mouse.down();
    }
    await second.mouse.up();
    await picture(second, 'chain-ink');
    await second.getByRole('button', { name: 'Sign', exact: true }).click();
    await sendIn(second);
    t.match(readHandwritingEvent(await packageOf(drawn)), { kind: 'drawn', text: /^M/ });
  },
);
