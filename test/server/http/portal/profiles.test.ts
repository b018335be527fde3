/** Graphical profiles: what an order asks for is what its signer sees, and whatever is wrong shows at start only. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Profiles } from '@segl/server/http/portal/profiles';
import { projectFile } from '@segl/server/paths';
import { openPortal, type PortalGuest } from '../../../support/server/portal-guest.ts';

interface TestHandle {
  teardown(fn: () => unknown): unknown;
}

const folder = mkdtempSync(join(tmpdir(), 'segl-profiles-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const open = async (test: TestHandle, profile: string | undefined): Promise<PortalGuest> => {
  const document = { documentId: 'a', title: 'A', mimeType: 'text/plain', bytes: Buffer.from('x') };
  const guest = await openPortal(test, {
    documents: [document],
    task: profile === undefined ? {} : { profile },
  });
  await guest.open('/std/docaction/demo?request_id=request-1&task_id=task_1');
  return guest;
};

t.test('the pages wear what the order asks for', async (t) => {
  const { answer, browser, base } = await open(t, 'example');
  t.match(answer.body, / · Eksempel Bank<\/title>/);
  t.match(answer.body, '<link rel="stylesheet" href="/std/profiles/example/profile.css">');
  t.match(answer.body, '<img src="/std/profiles/example/logo.svg"');
  t.ok(
    answer.body.indexOf('/portal.css') < answer.body.indexOf('/profile.css'),
    'after our own style, which it changes',
  );
  const css = await browser.get(`${base}/std/profiles/example/profile.css`);
  t.match(css, { status: 200, body: /--accent/ });
  t.equal((await browser.get(`${base}/std/profiles/example/logo.svg`)).status, 200);
});

t.test('a profile that there is not gives the pages as they are, never a failure', async (t) => {
  for (const name of [
    undefined,
    'demo',
    '',
    '../example',
    'EXAMPLE',
    '__proto__',
    'constructor',
    'a/b',
    'x'.repeat(9999),
  ]) {
    const { answer, page } = await open(t, name);
    t.equal(answer.status, 200);
    t.equal(page.step, 'read');
    t.match(answer.body, / · Segl<\/title>/, String(name).slice(0, 20));
    t.notMatch(answer.body, '/std/profiles/');
  }
});

t.test('of a profile only style and logo are handed out', async (t) => {
  const { browser, base } = await open(t, 'example');
  for (const path of [
    'example/profile.json',
    'example/',
    'example',
    'example/../example/profile.json',
    'example/..%2f..%2fportal%2flayout.eta',
    'none/profile.css',
    '..%2fportal%2fassets%2fportal.css',
  ])
    t.equal((await browser.get(`${base}/std/profiles/${path}`)).status, 404, path);
});

t.test('what is no profile is told at the start', async (t) => {
  const write = (name: string, files: Record<string, string>): void => {
    mkdirSync(join(folder, name), { recursive: true });
    for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, name, file), content);
  };
  cpSync(projectFile('templates', 'profiles', 'example'), join(folder, 'good'), { recursive: true });
  write('plain', { 'profile.json': '{"name":" Plain "}' });
  const profiles = new Profiles(folder);
  t.match(profiles.of('good'), { css: '/std/profiles/good/profile.css' });
  t.strictSame(profiles.of('plain'), { name: 'Plain' });
  t.equal(profiles.of('none'), undefined);
  write('a b', { 'profile.json': '{"name":"x"}' });
  write('empty', {});
  write('nameless', { 'profile.json': '{"name":""}' });
  write('broken', { 'profile.json': '{' });
  t.throws(() => new Profiles(folder), {
    code: 'CONFIG_INVALID',
    message:
      /a b must have a name of[^]*broken[^]*empty needs a file profile\.json[^]*nameless needs a "name"/,
  });
  t.throws(() => new Profiles(join(folder, 'missing')), { code: 'CONFIG_INVALID', message: /PROFILES_DIR/ });
});
