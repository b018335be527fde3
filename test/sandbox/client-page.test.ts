/** The NemID client and the test tools in a real browser, the client in an iframe of another site. */
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import fastify from 'fastify';
import type { FrameLocator, Page } from 'playwright-core';
import t from 'tap';
import { systemClock } from '@segl/problem/clock';
import { readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { signParameters, writeTimestamp } from '@segl/identity/methods/nemid/client/parameters';
import type { Sandbox } from '@segl/sandbox/main';
import { axeOn, openBrowser } from '../support/browser.ts';
import { call, keyOf, openSandbox, setting } from './support.ts';

/** Where pictures go, for people to look at. */
const screenshots = process.env['SEGL_SCREENSHOTS'];
if (screenshots) mkdirSync(screenshots, { recursive: true });

const SIGN_TEXT = `Jeg har læst PDF-dokumentet, som er nævnt her, og jeg forpligter mig til dets indhold med min underskrift.

Dokument: Lejeaftale, Ågade 12, 2. tv.
SHA-256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`;

interface TestHandle {
  teardown(fn: () => Promise<unknown>): void;
}

/** A provider's page on a port of its own: answers SendParameters, and keeps what the client hands over. */
async function openProvider(t: TestHandle): Promise<{ origin: string; page: (html: string) => string }> {
  const pages = new Map<string, string>();
  const app = fastify();
  app.get<{ Params: { id: string } }>('/:id', async ({ params }, reply) =>
    reply.type('text/html').send(pages.get(params.id)),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  const origin = `http://localhost:${String((app.server.address() as AddressInfo).port)}`;
  return {
    origin,
    page: (html) => {
      const id = String(pages.size);
      pages.set(id, html);
      return `${origin}/${id}`;
    },
  };
}

const providerPage = (
  sandbox: Sandbox,
  parameters: object,
  mode: string,
  width: number,
  height: number,
): string =>
  `<!doctype html><html lang="da"><title>Provider</title><style>body{margin:0}iframe{border:0}</style>
  <script>
    const parameters = ${JSON.stringify(JSON.stringify(parameters)).replaceAll('<', '\\u003c')};
    addEventListener('message', (event) => {
      if (event.origin !== ${JSON.stringify(sandbox.url)}) return;
      const message = JSON.parse(event.data);
      if (message.command === 'SendParameters')
        event.source.postMessage(JSON.stringify({ command: 'parameters', content: parameters }), event.origin);
      if (message.command === 'changeResponseAndSubmit') document.title = message.content;
    });
  </script>
  <iframe title="NemID" src="${sandbox.url}/launcher/${mode}/4711" width="${String(width)}" height="${String(height)}"></iframe>`;

t.test('the client in a browser', async (t) => {
  const sandbox = await openSandbox(t);
  const provider = await openProvider(t);
  const voces = await keyOf(sandbox, 'VOCES');
  const browser = await openBrowser(t);
  if (!browser) return;

  const open = async (options: {
    width: number;
    height: number;
    language?: string;
    change?: Record<string, string>;
    colorScheme?: 'light' | 'dark';
    offline?: boolean;
  }): Promise<{ page: Page; client: FrameLocator; problems: string[] }> => {
    const { width, height, language = 'DA', change = {} } = options;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: options.colorScheme ?? 'light',
    });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) {
        problems.push(message.text());
      }
    });
    page.on('pageerror', (error) => problems.push(error.message));
    const parameters = await signParameters(
      {
        CLIENTFLOW: 'OCESSIGN2',
        LANGUAGE: language,
        ORIGIN: provider.origin,
        SIGNTEXT: Buffer.from(SIGN_TEXT).toString('base64'),
        TIMESTAMP: writeTimestamp(systemClock.now()),
        ...change,
      },
      voces,
    );
    if (options.offline) await page.route('**/launcher/api/start', (route) => route.abort());
    const mode = width < 500 ? 'lmt' : 'std';
    await page.goto(provider.page(providerPage(sandbox, parameters, mode, width, height)));
    return { page, client: page.frameLocator('iframe'), problems };
  };

  const result = async (page: Page): Promise<Buffer> => {
    await page.waitForFunction(() => document.title !== 'Provider');
    return Buffer.from(await page.title(), 'base64');
  };

  const keyOn = async (client: FrameLocator): Promise<string> => {
    const card = (await client.locator('#card-serial').textContent()) ?? '';
    const number = (await client.locator('#key-number').textContent()) ?? '';
    return (await call<{ key: string }>(sandbox, '/testtools/api/key', { card, number })).key;
  };

  const shot = async (page: Page, name: string, fullPage = false) => {
    if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage });
  };

  const fitsIn = (client: FrameLocator): Promise<boolean> =>
    client.locator('html').evaluate((html) => html.scrollWidth <= html.clientWidth);

  for (const [width, height, colorScheme] of [
    [320, 460, 'light'],
    [500, 450, 'light'],
    [320, 460, 'dark'],
    [200, 300, 'light'],
  ] as const) {
    t.test(`signing at ${String(width)}x${String(height)}, ${colorScheme}`, async (t) => {
      const { page, client, problems } = await open({ width, height, colorScheme });
      const name = `${String(width)}x${String(height)}-${colorScheme}`;
      const look = async (screen: string) => {
        await shot(page, `client-${name}-${screen}`);
        t.ok(await fitsIn(client), `${screen} needs no scrolling to the side`);
        if (width !== 320) return;
        const { violations } = await new AxeBuilder({ page })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
          .analyze();
        t.same(
          violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
          [],
        );
      };
      await client.locator('#userid:focus').waitFor();
      t.match(await client.locator('h1:visible').textContent(), setting(sandbox, 'NEMID_FRIENDLY_NAME'));
      await look('1-user');
      await client.getByLabel('Bruger-id').fill('anna');
      await client.locator('input[name=password]').fill('wrong');
      await client.locator('button[title^="Fortsæt"]:visible').click();
      await client.getByRole('alert').getByText('Forsøg tilbage:\u00a04').waitFor();
      await look('2-user-wrong');
      await client.locator('input[name=password]').fill('Anna1234');
      await client.locator('button[title^="Fortsæt"]:visible').click();
      await client.locator('input[aria-label="Indtast nøgle"]:focus').waitFor();
      t.match(await client.locator('.card').textContent(), /Nøglekort:\s+[A-Z]-\d{3}-\d{3}-\d{3}/);
      await look('3-key');
      await client.locator('input[aria-label="Indtast nøgle"]').fill(await keyOn(client));
      await client.locator('button[title^="Fortsæt"]:visible').click();
      await client.locator('#sign-text').waitFor();
      t.equal(await client.locator('#sign-text').textContent(), SIGN_TEXT);
      await look('4-sign');
      await client.locator('button[title="Underskriv"]').click();
      const { properties } = readNativeMessage(await result(page));
      t.equal(Buffer.from(properties.get('signtext')?.value ?? []).toString(), SIGN_TEXT);
      t.match(Buffer.from(properties.get('useragent')?.value ?? []).toString(), /Chrome/);
      t.same(problems, []);
      await page.context().close();
    });
  }

  t.test('by keyboard alone, in English', async (t) => {
    const { page, client } = await open({ width: 320, height: 460, language: 'EN' });
    await client.locator('#userid:focus').waitFor();
    t.equal(await client.locator('html').getAttribute('lang'), 'en');
    await page.keyboard.type('dines');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Dines123');
    await page.keyboard.press('Enter');
    await client.locator('input[aria-label="Enter code"]:focus').waitFor();
    await page.keyboard.type('12');
    await page.keyboard.press('Enter');
    await client.getByText('A code has six digits.').waitFor();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type(await keyOn(client));
    await page.keyboard.press('Enter');
    await client.locator('#sign-text:focus').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    t.match((await result(page)).toString('utf8', 0, 60), /<openoces:signature/);
    await page.context().close();
  });

  t.test('leaving, and parameters that are refused', async (t) => {
    const left = await open({ width: 320, height: 460 });
    await left.client.locator('button[title="Afbryd"]:visible').click();
    t.equal((await result(left.page)).toString(), 'CAN002');
    await left.page.context().close();
    const wrong = await open({ width: 320, height: 460, change: { ORIGIN: 'https://other.example.org' } });
    t.equal((await result(wrong.page)).toString(), 'APP007', 'the page is not the one that was signed for');
    await wrong.page.context().close();
    const offline = await open({ width: 320, height: 460, offline: true });
    t.equal((await result(offline.page)).toString(), 'LIB002', 'the server does not answer');
    await offline.page.context().close();
  });

  t.test('pages of the sandbox', async (t) => {
    for (const width of [390, 1280]) {
      const context = await browser.newContext({ viewport: { width, height: 800 } });
      const page = await context.newPage();
      for (const [name, path] of [
        ['start', '/'],
        ['persons', '/testtools/'],
        ['person', '/testtools/person/esben'],
        ['new-user', '/testtools/new?autofill'],
        ['error-codes', '/testtools/error-codes'],
        ['transactions', '/testtools/transactions'],
        ['providers', '/testtools/providers'],
        ['clock', '/testtools/clock'],
        ['orders', '/orders/'],
        ['order-form', '/orders/new'],
        ['card', '/testtools/card/anna'],
        ['problem', '/testtools/card/nobody'],
      ] as const) {
        await page.goto(`${sandbox.url}${path}`);
        await shot(page, `${name}-${String(width)}`, true);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        t.notOk(wide, `${path} needs no scrolling to the side at ${String(width)}`);
        if (width !== 390) continue;
        const { violations } = await axeOn(page).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
        t.same(
          violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
          [],
          path,
        );
      }
      await context.close();
    }
  });
});
