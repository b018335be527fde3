/** Validation over HTTP: the API, the Viewer with and without a script, in a real browser. */
import { axeOn, openBrowser } from '../../../support/browser.ts';
import { problemTexts } from '../../../support/signatures/tell.ts';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import t from 'tap';
import { parseXml } from '@segl/ades/xml/document';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { isSeglError } from '@segl/problem/errors';
import { serveAssets } from '@segl/server/http/portal/assets';
import { Pages } from '@segl/server/http/portal/page';
import { TextLibrary } from '@segl/server/http/portal/texts';
import { verifyPlugin } from '@segl/server/http/verify/plugin';
import { checkNameKeys, explainedIndications } from '@segl/server/http/verify/view';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { SHIPPED_CALENDAR } from '@segl/pki/algorithms/algorithm-constraints';
import { MAX_PER_CALLER, ValidationPool } from '@segl/server/application/validating/pool';
import type { ValidationReport } from '@segl/ades/validation/reports/report';
import { POLICY_PREFIX } from '../../../identity/methods/nemid/local-pki.ts';
import { createEvidence } from '../../../support/signatures/evidence.ts';
import { SMALL, writePdf } from '../../../support/pdf/pdf.ts';
import { TEST_TIME } from '../../../support/signatures/test-pki.ts';
import { createFiles, MADE } from '../../../support/signatures/validation.ts';

const shots = process.env['SEGL_SCREENSHOTS'] ?? mkdtempSync(join(tmpdir(), 'segl-verify-'));
mkdirSync(shots, { recursive: true });

const files = createFiles();
const evidence = await createEvidence();
const pool = new ValidationPool({
  algorithms: SHIPPED_CALENDAR,
  methods: ['nemid'],
  trust: {
    methods: {
      nemid: ocesEnvironment('sandbox', { anchors: [evidence.nemid.root], policyPrefix: POLICY_PREFIX }),
    },
    seal: [...files.trust.seal, ...evidence.trust.sealAnchors],
    tsa: [...files.trust.tsa, ...evidence.trust.tsaAnchors],
  },
  ask: files.ask,
});
const LIMIT = 1 << 20;
const app = fastify();
await app.register((scope) => serveAssets(scope, new Pages().profiles), { prefix: '/std' });
await verifyPlugin(app, {
  problems: problemTexts,
  api: { validate: ({ at = MADE, offline = false, ...more }) => pool.validate({ ...more, at, offline }) },
  config: { maxDocumentBytes: LIMIT },
  log: silentLogger,
});
const origin = await app.listen({ host: '127.0.0.1', port: 0 });
t.teardown(async () => {
  await app.close();
  await pool.close();
});

const sealed = await evidence.seal(evidence.content);
const xades = await files.xades('LTA');
const post = (body: Uint8Array | FormData, headers: Record<string, string> = {}, query = '') =>
  fetch(`${origin}/api/validate${query}`, {
    method: 'POST',
    body: body as BodyInit,
    headers: body instanceof FormData ? headers : { 'content-type': 'application/octet-stream', ...headers },
  });

t.test('API: the body as it is, or a form; JSON or XML', async (t) => {
  const answer = await post(xades);
  t.equal(answer.status, 200);
  const report = (await answer.json()) as ValidationReport;
  t.equal(report.indication, 'TOTAL-PASSED');
  t.equal(report.signatures[0]?.level, 'LTA');
  t.same(
    report.signatures[0]?.secondOpinion?.outcome,
    'valid',
    'xmldsigjs, where xadesjs cannot read the properties',
  );

  const form = new FormData();
  form.set('file', new Blob([sealed as BlobPart]), 'kontrakt.xml');
  const inForm = await post(form, { accept: 'application/xml' }, `?at=${TEST_TIME.toISOString()}`);
  t.match(inForm.headers.get('content-type'), 'application/xml');
  const xml = await inForm.text();
  t.equal(parseXml(Buffer.from(xml)).root.name, 'ValidationReport');
  t.match(xml, 'urn:etsi:019102:mainindication:total-passed');

  const second = (await (await post(sealed)).json()) as ValidationReport;
  t.same(
    second.signatures.map(({ secondOpinion }) => secondOpinion?.outcome),
    ['valid', 'unable'],
    'on the seal, and on the message inside: xadesjs takes each of its certificates for a key, and one is of another kind',
  );
  const carrier = await evidence.sealPdf(sealed);
  const attached = (await (await post(carrier)).json()) as ValidationReport;
  t.same(
    attached.parts[0]?.report.signatures.map(({ secondOpinion }) => secondOpinion?.outcome),
    ['valid', 'unable'],
    'on both of a package that is attached to a PDF',
  );
  const changed = Buffer.from(Buffer.from(sealed).toString().replace('Lejekontrakt', 'Lejekontrakx'));
  const third = (await (await post(changed)).json()) as ValidationReport;
  t.equal(third.subIndication, 'HASH_FAILURE');
  t.equal(third.signatures[0]?.secondOpinion?.outcome, 'invalid', 'and it agrees');
});

t.test('API: what cannot be taken', async (t) => {
  t.equal((await post(Buffer.alloc(LIMIT + 1))).status, 413);
  t.equal((await post(xades, {}, '?at=yesterday')).status, 400);
  t.equal((await post(new FormData())).status, 400);
  const refusal = async (answer: Response): Promise<string> => {
    const { error, message } = (await answer.json()) as { error: string; message: string };
    t.equal(answer.headers.get('segl-error'), error);
    return `${answer.status} ${error}: ${message}`;
  };
  t.match(await refusal(await post(Buffer.alloc(0))), /^400 BAD_REQUEST: .*there is no file in it/);
  t.match(
    await refusal(await post(Buffer.alloc(LIMIT + 1))),
    `413 PAYLOAD_TOO_LARGE: The body is larger than ${LIMIT}`,
  );
  const form = new FormData();
  form.set('file', new Blob([Buffer.alloc(LIMIT + 1)]), 'large.bin');
  t.match(await refusal(await post(form)), /^413 PAYLOAD_TOO_LARGE/);
  for (const at of ['5', '2026-3-1', '2026-02-30', '2026-03-01T12:00:00', 'yesterday']) {
    t.match(
      await refusal(await post(xades, {}, `?at=${at}`)),
      `400 BAD_REQUEST: The request cannot be read: at "${at}" is not`,
    );
  }
  t.match(
    await refusal(await post(xades, {}, '?offline=maybe')),
    /^400 BAD_REQUEST.* neither true nor false/,
  );
  for (const yes of ['1', 'yes', 'on', 'TRUE']) {
    t.equal((await post(xades, {}, `?at=2026-03-02&offline=${yes}`)).status, 200, yes);
  }
});

t.test('the pool: one caller does not take the place of all', async (t) => {
  const request = { bytes: xades, at: MADE, offline: true, caller: 'somebody' };
  const running = Array.from({ length: MAX_PER_CALLER }, () => pool.validate(request));
  await t.rejects(pool.validate(request), { code: 'VALIDATION_BUSY' });
  for (const { report } of await Promise.all(running)) t.equal(report.indication, 'TOTAL-PASSED');
  const { report } = await pool.validate(request);
  t.equal(report.indication, 'TOTAL-PASSED', 'and afterwards there is room again');
  await pool
    .validate({ ...request, at: new Date(NaN) })
    .catch((error: unknown) => t.ok(isSeglError(error) || error));
});

t.test('every text is there in both languages', async (t) => {
  const texts = new TextLibrary();
  for (const one of [...explainedIndications, 'passed', 'other']) t.ok(texts.has(`verify.why.${one}`), one);
  t.same(
    texts.keys('da').filter((key) => key.startsWith('verify.')),
    texts.keys('en').filter((key) => key.startsWith('verify.')),
  );
});

t.test('checks have names, and are told in the language of the reader', async (t) => {
  const texts = new TextLibrary();
  for (const bytes of [sealed, xades, await evidence.sealPdf(sealed)]) {
    const { report } = await pool.validate({ bytes, at: MADE, offline: true });
    const all = [report, ...report.parts.map((part) => part.report)].flatMap(({ signatures }) => signatures);
    for (const check of all.flatMap(({ checks }) => checks)) {
      t.ok(
        checkNameKeys(check).some((key) => texts.has(key)),
        `${check.block}/${check.check} has a name`,
      );
    }
  }
  const page = async (language: string): Promise<string> => {
    const form = new FormData();
    form.set('file', new Blob([Buffer.from(sealed)]), 'sealed.xml');
    const headers = { 'accept-language': language };
    return (await fetch(`${origin}/verify`, { method: 'POST', body: form, headers })).text();
  };
  t.match(await page('da'), 'den ene form, som dens politik tillader');
  t.match(await page('en'), 'the one form of its policy');
  const told = async (language?: string): Promise<unknown> =>
    (await post(sealed, language ? { 'accept-language': language } : {}, '?offline=1')).json();
  for (const [language, detail] of [
    [undefined, 'the one form of its policy'],
    ['da', 'den ene form, som dens politik tillader'],
  ] as const) {
    const { signatures } = (await told(language)) as { signatures: { checks: { code?: string }[] }[] };
    const check = signatures[0]!.checks.find(({ code }) => code === 'seal/one-form');
    t.match(check, { block: 'format', params: {}, detail }, `in ${language ?? 'English'}`);
  }
});

t.test('the Viewer in a browser', async (t) => {
  const browser = await openBrowser(t);
  if (!browser) return;
  const samples: [string, Uint8Array, string][] = [
    ['passed', sealed, 'is-good'],
    ['pdf', await evidence.sealPdf(sealed), 'is-doubtful'],
    [
      'changed',
      Buffer.from(Buffer.from(sealed).toString().replace('Lejekontrakt', 'Lejekontrakx')),
      'is-bad',
    ],
    ['unsigned', writePdf(SMALL), 'is-doubtful'],
    ['damaged', Buffer.from('%PDF-1.7'), 'is-bad'],
  ];
  for (const [width, javaScriptEnabled, locale] of [
    [1280, true, 'en-GB'],
    [390, false, 'da-DK'],
  ] as const) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled, locale });
    const page = await context.newPage();
    await page.goto(`${origin}/verify`);
    if (javaScriptEnabled) t.same((await axeOn(page).analyze()).violations, []);
    await page.screenshot({ path: join(shots, `verify-${width}.png`), fullPage: true });
    for (const [name, bytes, colour] of samples) {
      await page.setInputFiles('#file', {
        name: `${name}.bin`,
        mimeType: 'application/octet-stream',
        buffer: Buffer.from(bytes),
      });
      await Promise.all([page.waitForURL('**/verify'), page.click('button[type=submit]')]);
      await page.waitForSelector(`.verdict.${colour}`);
      await page.screenshot({ path: join(shots, `verify-${name}-${width}.png`), fullPage: true });
      const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth').catch(() => 0);
      t.ok(Number(wide) <= 0, `${name} at ${width} does not move sideways`);
      if (javaScriptEnabled) {
        for (const detail of await page.locator('details').all())
          await detail.evaluate('(node) => (node.open = true)');
        t.same((await axeOn(page).analyze()).violations, [], `${name}: axe`);
      }
    }
    if (javaScriptEnabled) {
      await page.goto(`${origin}/verify`);
      writeFileSync(join(shots, 'drop.xml'), sealed);
      await page.evaluate(`(async () => {
        const data = new DataTransfer();
        data.items.add(new File([${JSON.stringify(Buffer.from(sealed).toString())}], 'dropped.xml'));
        document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, cancelable: true }));
      })()`);
      await page.waitForSelector('.verdict.is-good');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('a[download]').last().click(),
      ]);
      t.ok(download.suggestedFilename().length > 0, 'the document can be had');
    }
    await context.close();
  }
});
