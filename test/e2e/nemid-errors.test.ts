/** What a signer meets when NemID does not end well: the real client in the real portal. */
import { readFileSync } from 'node:fs';
import { chromium, type Browser, type FrameLocator, type Page } from 'playwright-core';
import t from 'tap';
import { projectFile } from '../../src/paths.ts';
import { createPlace } from '../support/running.ts';
import { tool } from '../support/tools.ts';

const texts = JSON.parse(
  readFileSync(projectFile('templates', 'portal', 'texts', 'da.json'), 'utf8'),
) as Record<string, string>;

t.test('errors of NemID in the portal', async (t) => {
  const executablePath = tool(t, 'chromium');
  if (!executablePath) return;
  const place = await createPlace(t);
  await place.start();
  const browser: Browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking'],
  });
  t.teardown(() => browser.close());
  const { backEnd } = place;

  const tools = async <T>(path: string, body: object): Promise<T> => {
    const response = await fetch(`${place.sandboxUrl}/testtools/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  let orders = 0;
  /** A new user with an order of their own, at the screen of the user id. */
  const open = async (
    fields: object = {},
  ): Promise<{ page: Page; client: FrameLocator; userId: string; cpr: string }> => {
    const user = await tools<{ userId: string; cpr: string }>('persons', { password: 'right1', ...fields });
    orders += 1;
    const requestId = await backEnd.createRequest({
      sdsId: await backEnd.upload(Buffer.from(`Order ${String(orders)}`), 'text/plain'),
      title: `Order ${String(orders)}`,
      signers: [user, user].map(({ cpr }) => ({ nationalId: cpr, firstName: 'A', lastName: 'B' })),
      callbackUrl: `${place.baseUrl}/nowhere`,
      language: 'da',
    });
    const page = await (await browser.newContext()).newPage();
    await page.goto(backEnd.taskUrl(requestId, 'task_1'));
    await page.locator('form[data-action=read] input[type=checkbox]').check();
    await page.locator('form[data-action=read] button').click();
    const client = page.frameLocator('iframe');
    await client.locator('#userid:focus').waitFor();
    return { page, client, ...user };
  };
  const logOn = async (client: FrameLocator, userId: string, password = 'right1'): Promise<void> => {
    await client.locator('#userid').fill(userId);
    await client.locator('#password').fill(password);
    await client.locator('#user button.go').click();
  };
  const keyOn = async (client: FrameLocator): Promise<string> => {
    await client.locator('#otp:focus').waitFor();
    const card = (await client.locator('#card-serial').textContent()) ?? '';
    const number = (await client.locator('#key-number').textContent()) ?? '';
    return (await tools<{ key: string }>('key', { card, number })).key;
  };
  const typeKey = async (client: FrameLocator, key: string): Promise<void> => {
    await client.locator('#otp').fill(key);
    await client.locator('#key button.go').click();
  };
  const signAs = async ({ client, userId }: { client: FrameLocator; userId: string }): Promise<void> => {
    await logOn(client, userId);
    await typeKey(client, await keyOn(client));
    await client.locator('#sign button.go').click();
  };
  /** The portal says it in its own words, and the signer may try again. */
  const told = async (page: Page, sentence: string): Promise<void> => {
    const notice = page.locator('.notice');
    await notice.waitFor({ state: 'visible' });
    t.match(await notice.innerText(), sentence);
    t.equal(await page.locator('main').getAttribute('data-step'), 'sign', 'nothing is signed');
    await page.context().close();
  };
  const text = (code: string): string => texts[`nemid.${code}`] ?? `no text for ${code}`;

  t.test('five wrong passwords', async () => {
    const { page, client, userId } = await open();
    await logOn(client, userId, 'wrong');
    for (const left of [4, 3, 2, 1]) {
      await client
        .getByRole('alert')
        .getByText(`Forsøg tilbage:\u00a0${String(left)}`)
        .waitFor();
      await client.locator('#password').fill('wrong');
      await client.locator('#user button.go').click();
    }
    await told(page, text('LOCK001'));
  });

  t.test('a key that was used', async (t) => {
    const { page, client, userId } = await open();
    await logOn(client, userId);
    const used = await keyOn(client);
    await client.locator('#key button.leave').click();
    await page.locator('.notice').waitFor({ state: 'visible' });
    await page.reload();
    await logOn(client, userId);
    t.not(await keyOn(client), used);
    await typeKey(client, used);
    await client.getByRole('alert').getByText('Forsøg tilbage:\u00a04').waitFor();
    const latest = await keyOn(client);
    await typeKey(client, '999999' === latest ? '999998' : '999999');
    await client.getByRole('alert').getByText('Forsøg tilbage:\u00a03').waitFor();
    await typeKey(client, latest);
    await told(page, text('AUTH010'));
  });

  t.test('a revoked certificate', async () => {
    const user = await open({ certificate: 'revoked' });
    await signAs(user);
    await told(user.page, texts['problem.CERTIFICATE_REVOKED'] ?? 'no text');
  });

  t.test('an expired certificate', async () => {
    const user = await open({ certificate: 'expired' });
    await signAs(user);
    await told(user.page, texts['problem.CERTIFICATE_EXPIRED'] ?? 'no text');
  });

  t.test('leaving', async () => {
    const { page, client } = await open();
    await client.locator('#user button.leave').click();
    await told(page, text('CAN002'));
  });

  t.test('a code that a tester asks for', async () => {
    const { page, client } = await open();
    await client.locator('#ending summary').click();
    await client.locator('#code').selectOption('AUTH018');
    await client.locator('#ending button').click();
    await told(page, text('AUTH018'));
  });

  t.test('waiting too long', async () => {
    const { page } = await open();
    await tools('clock', { to: '+11min' });
    await told(page, text('CAN003'));
  });
});
