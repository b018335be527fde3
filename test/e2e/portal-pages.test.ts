/** The signer's pages in a real browser: what they look like, and that everyone can use them. */
import { randomBytes } from 'node:crypto';
import { builtIn } from '@segl/identity/methods/index';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { PDFDocument } from 'pdf-lib';
import type { BrowserContext, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { serverProblems } from '@segl/server/problems';
import { portalPlugin } from '@segl/server/http/portal/plugin';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { axeOn, openBrowser } from '../support/browser.ts';
import { makePdf } from '../support/pdf/pdf.ts';
import { sampleContract } from '../support/pdf/sample-contract.ts';
import { ScriptedFlow, type Script, type ScriptedDocument } from '../support/server/scripted-flow.ts';
import { scriptedSessions, type SessionScript } from '../support/server/scripted-sessions.ts';
import { stubCustomerSite, stubEidClient, type StubSite } from '../support/stub-eid-client.ts';
import { SWEEPS_ALL } from '../support/sweep.ts';

/** Where pictures go, for people to look at. */
const screenshots = process.env['SEGL_SCREENSHOTS'];
if (screenshots) mkdirSync(screenshots, { recursive: true });

const contract = await sampleContract();
const houseRules = `Husorden for Ågade 12

  1.  Der skal være ro efter kl. 22.
  2.  Affald sorteres efter kommunens regler.
  3.  Trappen holdes fri for cykler, barnevogne og fodtøj.

Spørgsmål? Ring til viceværten på hverdage mellem kl. 8 og 10.
`;

/** The signer's to upload. */
const payslip: ScriptedDocument = {
  documentId: 'payslip',
  title: 'Din seneste lønseddel',
  mimeType: '',
  bytes: Buffer.alloc(0),
  action: 'upload',
  optional: true,
};

function rental(client: StubSite, more: Partial<Script> = {}): Script {
  return {
    documents: [
      {
        documentId: 'lease',
        title: 'Lejeaftale, Ågade 12, 2. tv.',
        mimeType: 'application/pdf',
        bytes: contract,
        dialog: { message: 'Læs især § 3 om leje og depositum.' },
      },
      {
        documentId: 'rules',
        title: 'Husorden',
        mimeType: 'text/plain; charset=utf-8',
        bytes: Buffer.from(houseRules),
        action: 'view',
      },
      {
        documentId: 'direct debit',
        title: 'Tilmelding til Betalingsservice',
        mimeType: 'application/pdf',
        bytes: contract,
        optional: true,
      },
    ],
    task: {
      dialog: {
        title: 'Nørreå Ejendomme A/S',
        message: 'Velkommen som lejer. Læs og underskriv din lejeaftale her.',
      },
      signerName: 'Mia Prøvestykke',
      canPostpone: true,
    },
    cpr: '0101901234',
    signing: {
      clientUrl: `${client.origin}/launcher/lmt/1`,
      parameters: { friendlyName: 'Segl' },
    },
    closed: {
      expired: serverProblems.error('TASK_CLOSED', { state: 'expired' }),
      waiting: serverProblems.error('TASK_WAITING'),
    },
    ...more,
  };
}

interface Stage {
  readonly flow: ScriptedFlow;
  readonly page: Page;
  readonly taskUrl: (taskId?: string) => string;
  /** Console errors, page errors and failed requests so far. */
  readonly complaints: string[];
}

async function stage(
  test: Test,
  script: Script,
  context: BrowserContext,
  sessions?: SessionScript,
): Promise<Stage> {
  const flow = new ScriptedFlow(script);
  // browsers open connections ahead of need, and a server that waits for these never closes
  const app = fastify({ forceCloseConnections: true });
  const config = { publicUrl: 'http://127.0.0.1:1', maxDocumentBytes: 1 << 24 };
  await portalPlugin(app, {
    methods: builtIn,
    flow,
    sessions: scriptedSessions(flow, sessions),
    config,
    log: silentLogger,
  });
  const base = await app.listen({ port: 0, host: '127.0.0.1' });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => {
    const { errorText } = request.failure() ?? { errorText: '' };
    // what was still loading when the signer went on is dropped by the browser
    if (errorText !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${errorText}`);
  });
  test.teardown(async () => {
    await page.close();
    await app.close();
  });
  const taskUrl = (taskId = 'task_1'): string =>
    `${base}/std/docaction/demo?request_id=request-1&task_id=${taskId}`;
  return { flow, page, taskUrl, complaints };
}

const atStep = (page: Page, step: string): Promise<unknown> =>
  page.waitForSelector(`main[data-step="${step}"]`);

const pdfDrawn = async (page: Page): Promise<void> => {
  await page.waitForSelector('#viewer[data-pages] canvas');
};

/** Inked pixels of the first page's picture. */
const inkOnFirstPage = (page: Page): Promise<number> =>
  page.evaluate<number>(`(() => {
    const canvas = document.querySelector('#viewer canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let dark = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] < 128 && data[i + 3] > 0) dark++;
    return dark;
  })()`);

/** Whether all of it is in the window, and in whatever scrolls around it. */
const isInView = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate<boolean>(`new Promise((found) => {
    const watcher = new IntersectionObserver(([entry]) => {
      watcher.disconnect();
      found(entry.intersectionRatio > 0.99);
    });
    watcher.observe(document.querySelector('${selector}'));
  })`);

/** What the browser says of the field that keeps a form from being sent. */
const said = (page: Page, selector: string): Promise<string> =>
  page.evaluate<string>(`document.querySelector('${selector}').validationMessage`);

/** Saves pictures of the page in light and dark, and checks that it fits the window and that everyone can use it. */
async function inspect(test: Test, page: Page, name: string): Promise<void> {
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  test.ok(overflow <= 0, `${name}: nothing sticks out sideways (${overflow} px)`);
  // a phone is the narrowest of them: what can be used there can be used in a wider window
  const isAudited = SWEEPS_ALL || page.viewportSize()!.width < 600;
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    if (screenshots)
      await page.screenshot({ path: join(screenshots, `${name}-${colorScheme}.png`), fullPage: true });
    if (!isAudited) continue;
    // the text over a PDF page is transparent; in the dark only colours can differ
    const axe = axeOn(page).exclude('iframe').exclude('.text-layer');
    if (colorScheme === 'dark') axe.withRules('color-contrast');
    else axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
    const { violations } = await axe.analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
    test.same(found, [], `${name}: accessible in ${colorScheme}`);
  }
}

/** The path of a file for the browser to read itself: handed over, so many bytes would take seconds. */
async function largeFile(test: Test, name: string, bytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'segl-upload-'));
  test.teardown(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  await writeFile(path, Buffer.alloc(bytes));
  return path;
}

/** A file of which a page is a small part: the rest is attached. */
async function longPdf(pages: number): Promise<Buffer> {
  const document = await PDFDocument.load(await makePdf(pages));
  await document.attach(randomBytes(1 << 20), 'rest.bin');
  return Buffer.from(await document.save({ useObjectStreams: false }));
}

t.setTimeout(300_000);

t.test('the signer’s pages', async (t) => {
  const browser = await openBrowser(t);
  if (!browser) return;
  const client = await stubEidClient();
  const customer = await stubCustomerSite();
  t.teardown(async () => {
    await browser.close();
    client.close();
    customer.close();
  });

  for (const [width, height] of [
    [390, 844],
    [1280, 720],
  ] as const) {
    t.test(`every step at ${width} px`, async (t) => {
      const context = await browser.newContext({ viewport: { width, height }, locale: 'en-GB' });
      t.teardown(() => context.close());
      // the order's language decides, and the browser has another
      const script = rental(client);
      const inDanish = {
        ...script,
        task: { ...script.task, language: 'da', deadline: new Date('2026-12-15T13:00:00Z') },
        sender: {
          name: 'Nørreå Ejendomme A/S',
          contact: '+45 12 34 56 78, udlejning@example.com',
          privacyUrl: 'https://example.com/privatliv',
          termsUrl: 'https://example.com/vilkaar',
          logo: 'a'.repeat(64),
        },
      };
      const { page, flow, taskUrl, complaints } = await stage(t, inDanish, context);
      const look = (name: string): Promise<void> => inspect(t, page, `${name}-${width}`);

      await page.goto(taskUrl());
      await atStep(page, 'read');
      await pdfDrawn(page);
      t.ok((await inkOnFirstPage(page)) > 5000, 'the first page is drawn');
      t.match(await page.locator('.text-layer').first().textContent(), 'Nørreå Ejendomme A/S');
      t.equal(await page.locator('.sheet').count(), 4);
      await look('1-read-pdf');

      if (width > 600)
        t.ok(await isInView(page, '.refuse summary'), 'to refuse is offered without scrolling');
      await page.locator('.refuse summary').click();
      t.ok(await isInView(page, '.refuse button'), 'and can be done where it was asked for');
      await look('2-read-refuse');
      await page.getByRole('button', { name: 'Fortsæt til underskrift' }).click();
      t.equal(await said(page, 'input[name="read"]'), 'Sæt kryds her for at fortsætte.');
      await page.getByLabel('Jeg har læst dokumentet').check();
      await page.getByRole('button', { name: 'Fortsæt til underskrift' }).click();

      await atStep(page, 'sign');
      await page.frameLocator('#eid-client').getByRole('button', { name: 'Annuller' }).click();
      await page.waitForSelector('[role="alert"]');
      await page.frameLocator('#eid-client').getByRole('button', { name: 'Log på' }).waitFor();
      await look('3-sign-cancelled');
      await page.reload();
      await page.goto(page.url().split('?')[0]!);
      await page.frameLocator('#eid-client').getByText('Log på hos Segl').waitFor();
      await look('4-sign');
      await page.frameLocator('#eid-client').getByRole('button', { name: 'Log på' }).click();

      await atStep(page, 'identify');
      await look('5-cpr');
      await page.getByLabel('CPR-nummer', { exact: true }).fill('020290-1234');
      await page.getByLabel('Jeg giver samtykke').check();
      await page.getByRole('button', { name: 'Bekræft' }).click();
      await page.waitForSelector('[role="alert"]');
      await look('6-cpr-wrong');
      await page.getByLabel('CPR-nummer', { exact: true }).fill('010190-1234');
      await page.getByLabel('Jeg giver samtykke').check();
      await page.getByRole('button', { name: 'Bekræft' }).click();

      await page.waitForSelector('main[data-document="rules"]');
      await look('7-read-text');
      await page.getByLabel('Jeg har læst dokumentet').check();
      await page.getByRole('button', { name: 'Fortsæt' }).click();

      await page.waitForSelector('main[data-document="direct debit"]');
      await pdfDrawn(page);
      await look('8-read-optional');
      await page.getByRole('button', { name: 'Spring dokumentet over' }).click();

      await atStep(page, 'send-in');
      await look('9-send-in');
      await page.getByRole('button', { name: 'Send ind' }).click();
      await atStep(page, 'done');
      await look('10-done');
      t.same(complaints, [], 'the browser has nothing to complain about');

      flow.timeOut();
      await page.reload();
      await atStep(page, 'error');
      await look('11-timed-out');
      await page.goto(taskUrl('expired'));
      await look('12-expired');
      await page.goto(taskUrl('waiting'));
      await look('13-waiting');
      await page.goto(taskUrl('unknown'));
      await look('14-unknown');
    });
  }

  t.test('with the keyboard alone, in English', async (t) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
    t.teardown(() => context.close());
    const { page, taskUrl, complaints } = await stage(
      t,
      rental(client, { onComplete: `${customer.origin}/done` }),
      context,
    );
    const focused = (): Promise<string> =>
      page.evaluate<string>(
        '(document.activeElement?.innerText || document.activeElement?.name || "").trim()',
      );
    /** Presses Tab until `name` has the focus, which must be visible. */
    const tabTo = async (name: string | RegExp): Promise<void> => {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press('Tab');
        const now = await focused();
        const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
        if (now !== '' && outline === 'none') t.fail(`no visible focus on "${now}"`);
        if (typeof name === 'string' ? now === name : name.test(now)) return;
      }
      throw new Error(`the keyboard does not reach ${String(name)}`);
    };

    await page.goto(taskUrl());
    await pdfDrawn(page);
    await page.keyboard.press('Tab');
    t.equal(await focused(), 'Skip to the content');
    await page.keyboard.press('Enter');
    await tabTo('read');
    await page.keyboard.press('Space');
    await tabTo('Continue to signing');
    await page.keyboard.press('Enter');
    await atStep(page, 'sign');
    await page.frameLocator('#eid-client').getByRole('button', { name: 'Log på' }).waitFor();
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab');
      const inFrame = page.frames().find((frame) => frame.url().startsWith(client.origin));
      const reached = await inFrame?.evaluate<string>('document.activeElement?.id ?? ""');
      if (reached === 'sign') break;
    }
    await page.keyboard.press('Enter');
    await atStep(page, 'identify');
    await tabTo('cpr');
    await page.keyboard.type('0101901234');
    await tabTo('consent');
    await page.keyboard.press('Space');
    await tabTo('Confirm');
    await page.keyboard.press('Enter');
    await page.waitForSelector('main[data-document="rules"]');
    await tabTo('read');
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await page.waitForSelector('main[data-document="direct debit"]');
    await tabTo('Skip this document');
    await page.keyboard.press('Enter');
    await atStep(page, 'send-in');
    await tabTo('Send in');
    await page.keyboard.press('Enter');
    await page.waitForURL(/^http:\/\/localhost:\d+\/thanks$/);
    t.pass('"send in" leads through the customer’s own redirects');
    t.same(complaints, []);
  });

  for (const [width, height] of [
    [390, 844],
    [1280, 900],
  ] as const) {
    t.test(`a list of tasks with an upload at ${width} px`, async (t) => {
      const context = await browser.newContext({ viewport: { width, height }, locale: 'da-DK' });
      t.teardown(() => context.close());
      const script = rental(client, { documents: [payslip], largest: 1 << 24 });
      const task = { requestId: 'request-1', documents: ['Lejekontrakt'] };
      const { page, taskUrl, complaints } = await stage(t, script, context, {
        tasks: [
          { ...task, taskId: 'task_0', description: 'Husorden for Nørreå Park', state: 'completed' },
          { ...task, taskId: 'task_1', description: 'Dokumentation for din indkomst', state: 'open' },
          { ...task, taskId: 'task_2', state: 'waiting' },
          { ...task, taskId: 'task_3', description: 'Tilmelding til parkering', state: 'expired' },
        ],
        onPostpone: `${customer.origin}/later`,
      });
      const look = (name: string): Promise<void> => inspect(t, page, `${name}-${width}`);

      await page.goto(new URL('/std/docaction/demo?user_session_id=session-1', taskUrl()).href);
      await atStep(page, 'tasks');
      await look('17-tasks');
      await page.getByRole('button', { name: 'Åbn: Dokumentation for din indkomst' }).click();

      await atStep(page, 'upload');
      await look('18-upload');
      const input = page.getByLabel('Fil', { exact: true });
      await input.setInputFiles(await largeFile(t, 'stor.pdf', (1 << 24) + 1));
      t.match(
        await page.locator('form [role="status"]').textContent(),
        'Filen er for stor',
        'said before it is sent',
      );
      await look('19-upload-too-large');
      await page.getByRole('button', { name: 'Upload' }).click();
      await atStep(page, 'upload');
      await input.setInputFiles({
        name: 'a.docx',
        mimeType: 'application/msword',
        buffer: Buffer.from('PK'),
      });
      await page.getByRole('button', { name: 'Upload' }).click();
      await page.waitForSelector('[role="alert"]');
      await look('20-upload-refused');
      await input.setInputFiles({
        name: 'løn.pdf',
        mimeType: 'application/pdf',
        buffer: Buffer.from(contract),
      });
      await page.getByRole('button', { name: 'Upload' }).click();

      await atStep(page, 'read');
      await pdfDrawn(page);
      t.notMatch(page.url(), /notice/);
      await page.getByText('Vælg en anden fil').click();
      await look('21-upload-shown');
      await page.getByLabel('Ja, det er den fil').check();
      await page.getByRole('button', { name: 'Fortsæt' }).click();
      await atStep(page, 'send-in');
      await look('22-upload-send-in');
      await page.getByRole('button', { name: 'Send ind' }).click();
      await atStep(page, 'tasks');
      t.match(await page.locator('[data-task="task_1"]').textContent(), 'Sendt ind');
      t.same(complaints, [], 'the browser has nothing to complain about');
    });
  }

  t.test('without JavaScript a file is uploaded by its form', async (t) => {
    const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en' });
    t.teardown(() => context.close());
    const { page, flow, taskUrl } = await stage(
      t,
      rental(client, { documents: [payslip], largest: 1 << 20 }),
      context,
    );
    await page.goto(taskUrl());
    const input = page.getByLabel('File', { exact: true });
    await input.setInputFiles(await largeFile(t, 'a.pdf', 20 << 20));
    await page.getByRole('button', { name: 'Upload' }).click();
    t.match(
      await page.getByRole('alert').textContent(),
      'too large',
      'beyond every limit the page still comes',
    );
    await input.setInputFiles(await largeFile(t, 'b.pdf', 2 << 20));
    await page.getByRole('button', { name: 'Upload' }).click();
    t.match(await page.getByRole('alert').textContent(), 'too large');
    await input.setInputFiles({
      name: 'c.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from('%PDF-1.7'),
    });
    await page.getByRole('button', { name: 'Upload' }).click();
    await atStep(page, 'read');
    t.equal(flow.uploaded.get('payslip')?.mimeType, 'application/pdf');
  });

  t.test('a client may tell by a command of its own that the signer left', async (t) => {
    const context = await browser.newContext();
    t.teardown(() => context.close());
    const { page, flow, taskUrl } = await stage(t, rental(client), context);
    await page.goto(taskUrl());
    await pdfDrawn(page);
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: /Continue|Fortsæt/ }).click();
    await atStep(page, 'sign');
    const posted = page.waitForRequest((request) => request.method() === 'POST');
    await page.frameLocator('#eid-client').getByRole('button', { name: 'Luk' }).click();
    await posted;
    await page.waitForLoadState();
    t.match(flow.lastCall('receiveSignature')?.[2], {
      input: { kind: 'message', data: Buffer.from('CAN002').toString('base64') },
    });
  });

  t.test('only the eID client is listened to', async (t) => {
    const context = await browser.newContext();
    t.teardown(() => context.close());
    const { page, flow, taskUrl } = await stage(t, rental(client), context);
    await page.goto(taskUrl());
    await pdfDrawn(page);
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: /Continue|Fortsæt/ }).click();
    await atStep(page, 'sign');
    await page.evaluate(`postMessage('{"command":"changeResponseAndSubmit","content":"eA=="}', '*')`);
    await page
      .evaluate(
        `(() => {
      const frame = document.createElement('iframe');
      document.body.append(frame);
      frame.contentWindow.eval("parent.postMessage('{\\"command\\":\\"changeResponseAndSubmit\\"}', '*')");
    })()`,
      )
      .catch(() => undefined);
    await page.waitForTimeout(300);
    t.equal(flow.lastCall('receiveSignature'), undefined);
    await page.frameLocator('#eid-client').getByRole('button', { name: 'Log på' }).click();
    await atStep(page, 'identify');
    t.match(flow.lastCall('receiveSignature')?.[2], {
      input: { kind: 'message', data: Buffer.from('<signature/>').toString('base64') },
    });
  });

  t.test('a narrow phone, enlarged pages and a broken file', async (t) => {
    const context = await browser.newContext({ viewport: { width: 320, height: 640 }, locale: 'da-DK' });
    t.teardown(() => context.close());
    const { page, taskUrl, complaints } = await stage(t, rental(client), context);
    await page.goto(taskUrl());
    await pdfDrawn(page);
    await page.getByRole('button', { name: 'Vis større' }).click();
    await page.getByRole('button', { name: 'Vis større' }).click();
    await page.waitForTimeout(300);
    await inspect(t, page, '15-zoomed-320');
    t.ok(
      await page.evaluate('viewer.scrollWidth > viewer.clientWidth'),
      'enlarged pages scroll in their own box',
    );
    t.same(complaints, []);

    const [title, pages] = ['Bilag', 300];
    const long = { documentId: 'x', title, mimeType: 'application/pdf', bytes: await longPdf(pages) };
    const far = await stage(t, rental(client, { documents: [long] }), context);
    const answers: number[] = [];
    far.page.on('response', (response) => {
      if (response.url().endsWith('/document/x')) answers.push(response.status());
    });
    await far.page.goto(far.taskUrl());
    await pdfDrawn(far.page);
    t.ok((await far.page.locator('.sheet').count()) === pages && answers.includes(206), 'fetched in parts');
    await far.page.getByLabel('Sidetal').fill('250');
    await far.page.getByLabel('Sidetal').press('Enter');
    await far.page.waitForSelector('.sheet[data-index="249"] canvas');
    await far.page.getByText('Page 250', { exact: true }).waitFor({ state: 'attached' });
    t.ok((await far.page.locator('.sheet canvas').count()) < 15, 'only the pages near the window are drawn');
    t.equal(await far.page.locator('.sheet[data-index="0"] canvas').count(), 0);
    t.same(far.complaints, []);

    const broken = rental(client, {
      documents: [
        { documentId: 'x', title: 'Aftale', mimeType: 'application/pdf', bytes: Buffer.from('nothing') },
      ],
    });
    const other = await stage(t, broken, context);
    await other.page.goto(other.taskUrl());
    await other.page.waitForSelector('.is-problem');
    await inspect(t, other.page, '16-broken-320');
  });

  t.test('without JavaScript a document is read through its link', async (t) => {
    const context = await browser.newContext({ javaScriptEnabled: false, locale: 'da-DK' });
    t.teardown(() => context.close());
    const { page, flow, taskUrl } = await stage(t, rental(client), context);
    await page.goto(taskUrl());
    const link = await page.getByRole('link', { name: 'Åbn dokumentet' }).getAttribute('href');
    await page.request.get(new URL(link ?? '', page.url()).href);
    t.same(flow.lastCall('document')?.[1], 'lease');
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Fortsæt til underskrift' }).click();
    await atStep(page, 'sign');
  });
});
