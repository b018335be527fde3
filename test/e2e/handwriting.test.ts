/** Signing without the eID's own signature, in a real browser: a choice, a statement with a login, a drawing by hand. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { SANDBOX_ACCOUNT } from '@segl/cli/sandbox/account';
import { testPersons, type TestPerson } from '@segl/sandbox/methods/nemid/persons';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import { verifyWsd } from '@segl/identity/evidence/wsd/read';
import { readPath } from '@segl/identity/handwriting';
import { axeOn, openBrowser } from '../support/browser.ts';
import { clientOf, logOn } from '../support/nemid-in-browser.ts';
import { createPlace, until, type Place } from '../support/server/running.ts';
import { run, tool } from '../support/tools.ts';

const [anna] = testPersons as [TestPerson];

/** Pictures for people to look at, where the environment names a folder; and that everyone can use the page. */
async function inspect(t: Test, page: Page, name: string): Promise<void> {
  const folder = process.env['SEGL_SCREENSHOTS'];
  const size = page.viewportSize();
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    t.ok((await page.evaluate<number>(overflow)) <= 0, `${name}: nothing sticks out at ${width} px`);
    if (!folder) continue;
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `handwriting-${name}-${width}.png`), fullPage: true });
  }
  if (size) await page.setViewportSize(size);
  const { violations } = await axeOn(page)
    .exclude('iframe')
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  t.same(
    violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
    [],
    `${name}: accessible`,
  );
}

/** One text for two tasks: `w` may be signed in three ways, `h` by hand; then one PDF. */
async function createOrder({ baseUrl }: Place): Promise<string> {
  const { service, password } = SANDBOX_ACCOUNT;
  const data = Buffer.from('The bicycle is back by Sunday.').toString('base64');
  const action = '<document-action type="sign"><document-ref>deal</document-ref></document-action>';
  const response = await fetch(`${baseUrl}/ws/documentservice-v3`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
    body: `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>
<create-request-request xmlns="https://id.signicat.com/definitions/wsdl/Document-v3" xmlns:tns="https://id.signicat.com/definitions/wsdl/Document-v3">
<service>${service}</service><password>${password}</password><request><language>en</language>
<document xsi:type="tns:provided-document" id="deal" mime-type="text/plain"><data>${data}</data><description>Loan of a bicycle</description></document>
<task id="w"><subject id="s"><national-id>${anna.cpr}</national-id></subject>${action}
<signature><dialog><title>With your eID</title></dialog><method handwritten="true">nemid-sign</method></signature>
<signature><method handwritten="true"/></signature>
<authentication-based-signature><method>nemid</method></authentication-based-signature></task>
<task id="h"><subject id="u"><first-name>Ulla</first-name><last-name>Åkær</last-name></subject>${action}
<signature><method handwritten="true"/></signature></task>
<packaging-task packaging-task-id="p" method="pades"><packaging-task-document task-id="w" document-id="deal"/><packaging-task-document task-id="h" document-id="deal"/></packaging-task>
</request></create-request-request></soap:Body></soap:Envelope>`,
  });
  const [, requestId] = /<request-id>([^<]*)</.exec(await response.text()) ?? [];
  if (requestId === undefined) throw new Error('createRequest answered no request-id');
  return requestId;
}

const atStep = (page: Page, step: string): Promise<unknown> =>
  page.waitForSelector(`main[data-step=${step}]`);

async function read(page: Page): Promise<void> {
  await atStep(page, 'read');
  await page.getByRole('checkbox').check();
  await page.locator('form[data-action=read] button').click();
}

async function sendIn(page: Page): Promise<void> {
  await atStep(page, 'send-in');
  await page.locator('form[data-action=send-in] button').click();
  await atStep(page, 'done');
}

/** Draws with the mouse: points as parts of the field's width and height. */
async function stroke(
  page: Page,
  pad: Locator,
  points: readonly (readonly [number, number])[],
): Promise<void> {
  const box = await pad.boundingBox();
  if (!box) throw new Error('there is no field to draw in');
  for (const [index, [x, y]] of points.entries()) {
    await page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 4 });
    if (index === 0) await page.mouse.down();
  }
  await page.mouse.up();
}

t.test('a statement with a login, and a drawing by hand', async (t) => {
  const place = await createPlace(t);
  await place.start();
  const browser = await openBrowser(t);
  if (!browser) return;
  const requestId = await createOrder(place);
  const complaints: string[] = [];
  const open = async (taskId: string, hasTouch = false): Promise<Page> => {
    const viewport = { width: 1280, height: 900 };
    const page = await (await browser.newContext({ viewport, hasTouch })).newPage();
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(place.backEnd.taskUrl(requestId, taskId));
    await read(page);
    return page;
  };

  const first = await open('w');
  await atStep(first, 'choose-method');
  t.equal(await first.locator('.ways > li').count(), 3);
  await inspect(t, first, 'choose');
  await first.getByRole('button', { name: 'Choose: With your eID' }).click();
  await atStep(first, 'declare');
  await inspect(t, first, 'draw-before-eid');
  await first.getByRole('button', { name: 'Choose another way to sign' }).click();
  await atStep(first, 'choose-method');
  await first.getByRole('button', { name: 'Choose: NemID, as a log-on' }).click();
  await atStep(first, 'declare');
  await first.waitForLoadState(); // where lines end, the style sheet says
  t.match(
    await first.locator('#statement').innerText(),
    /Document: Loan of a bicycle\nSHA-256: [0-9a-f]{64}$/,
  );
  await inspect(t, first, 'statement');
  await first.getByRole('checkbox').check();
  await first.getByRole('button', { name: 'Confirm and log on' }).click();
  await atStep(first, 'sign');
  await clientOf(first).locator('#userid').waitFor({ state: 'visible' });
  await inspect(t, first, 'log-on');
  await logOn(first, place.sandboxUrl, anna);
  await sendIn(first);

  const second = await open('h', true);
  await atStep(second, 'declare');
  const pad = second.locator('#pad');
  const button = second.getByRole('button', { name: 'Sign', exact: true });
  await second.getByLabel('I confirm this').check();
  await stroke(second, pad, [
    [0.5, 0.5],
    [0.51, 0.5],
  ]);
  await button.click();
  await second.getByText('A dot or a short line is not enough').waitFor();
  await second.getByRole('button', { name: 'Clear' }).click();
  const box = (await pad.boundingBox())!;
  await second.touchscreen.tap(box.x + 0.5 * box.width, box.y + 0.2 * box.height);
  await stroke(second, pad, [
    [0.1, 0.3],
    [0.12, 0.7],
    [0.25, 0.75],
    [0.3, 0.3],
    [0.35, 0.7],
    [0.8, 0.5],
  ]);
  await inspect(t, second, 'draw');
  await button.click();
  await sendIn(second);
  t.same(complaints, [], 'the pages cause no error');

  const { backEnd } = place;
  const { resultUris } = await backEnd.getStatus(requestId);
  const wsds = [];
  for (const uri of resultUris)
    wsds.push(verifyWsd(readLtvSdo(await backEnd.download(uri)).native.bytes).content);
  t.same(
    wsds.map(({ signer }) => signer.displayName),
    [anna.name, 'Ulla Åkær'],
  );
  t.ok(wsds[0]?.login, 'the login is in it');
  const strokes = readPath(wsds[1]?.statement.handwriting?.text ?? '') ?? [];
  t.equal(strokes.length, 2, 'the tap and the line, and nothing of what was cleared');
  const near = ([x, y]: readonly [number, number], [left, top]: readonly [number, number]): boolean =>
    Math.hypot(x - left * 1200, y - top * 400) < 12;
  t.ok(near(strokes[1]![0]!, [0.1, 0.3]) && near(strokes[1]!.at(-1)!, [0.8, 0.5]), 'where it was drawn');

  const { resultUri } = await until('the PDF', async () => {
    const result = await backEnd.getPackagingResult(requestId);
    return result.status === 'completed' && result;
  });
  const pdftotext = tool(t, 'pdftotext');
  if (!pdftotext) return;
  const file = join(t.testdir(), 'signed.pdf');
  const pdf = await backEnd.download(resultUri!);
  await writeFile(file, pdf);
  if (process.env['SEGL_SCREENSHOTS']) {
    await writeFile(join(process.env['SEGL_SCREENSHOTS'], 'handwriting.pdf'), pdf);
  }
  const text = Buffer.from(run(pdftotext, ['-layout', file, '-']).output, 'latin1').toString('utf8');
  for (const expected of ['Ulla Åkær', 'Handwritten', 'The name was not verified', 'NemID (log-on)'])
    t.ok(text.includes(expected), expected);
});
