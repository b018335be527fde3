import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { certificatesToPem } from '@segl/pki';
import { projectFile, projectRoot } from '@segl/server/paths';
import t from 'tap';
import { createWorld, type World } from '../../conformance/world.ts';
import { SMALL, writePdf } from '../support/pdf/pdf.ts';

const run = promisify(execFile);
const PUBLISHED = ['problem', 'pki', 'ades'] as const;

/** A PKI whose responders and time-stamp authority are on the loopback interface. */
async function startWorld(): Promise<{ world: World; tsaUrl: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void answer(request).then(({ contentType, body }) =>
      response.writeHead(200, { 'content-type': contentType }).end(body),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const addressOf = (name: string): string => `http://127.0.0.1:${port}/${name}`;
  const world = createWorld(undefined, { addressOf });
  async function answer(request: IncomingMessage) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = addressOf((request.url ?? '').slice(1));
    return request.method === 'POST'
      ? world.post(url, Buffer.concat(chunks), request.headers['content-type'] ?? '')
      : world.get(url, 1 << 20);
  }
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { world, tsaUrl: addressOf('tsa'), close };
}

/** The first example of a README, and what it says that it prints. */
async function exampleOf(name: string): Promise<{ readonly script: string; readonly prints: string }> {
  const readme = await readFile(projectFile('src', name, 'README.md'), 'utf8');
  const block = (language: string): string =>
    new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(readme)?.[1] ?? '';
  return { script: block('js'), prints: block('text') };
}

t.test('packed and installed elsewhere, the packages do what their READMEs show', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'segl-packages-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const npm = (args: readonly string[], cwd: string) =>
    run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd });

  await npm(
    ['pack', ...PUBLISHED.flatMap((name) => ['-w', `@segl/${name}`]), '--pack-destination', folder],
    projectRoot,
  );
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  t.equal(tarballs.length, PUBLISHED.length);
  for (const name of tarballs) {
    const { stdout } = await run('tar', ['-tzf', join(folder, name)]);
    const files = stdout.split('\n').filter(Boolean);
    t.ok(files.includes('package/README.md') && files.includes('package/dist/index.d.ts'), name);
    const { stdout: license } = await run('tar', ['-xOzf', join(folder, name), 'package/LICENSE']);
    t.equal(license, await readFile(projectFile('LICENSE'), 'utf8'), `${name}: under its licence`);
    t.same(
      files.filter((file) => /(?<!\.d)\.ts$|\.map$|tsbuildinfo$/.test(file)),
      [],
      `${name}: no sources`,
    );
  }

  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await npm(
    ['install', '--prefer-offline', '--ignore-scripts', ...tarballs.map((name) => `./${name}`)],
    folder,
  );

  const { world, tsaUrl, close } = await startWorld();
  t.teardown(close);
  const { certificate, privateKey } = world.identity('P-256', 'Example Ltd');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
  await writeFile(join(folder, 'key.pem'), pem);
  await writeFile(join(folder, 'chain.pem'), certificatesToPem([certificate.der, ...world.authorities]));
  await writeFile(join(folder, 'anchors.pem'), certificatesToPem([world.anchor]));
  await writeFile(join(folder, 'contract.pdf'), writePdf(SMALL));
  const start = (script: string) =>
    run(process.execPath, [script], { cwd: folder, env: { PATH: process.env['PATH'], TSA_URL: tsaUrl } });
  for (const name of PUBLISHED) {
    const { script, prints } = await exampleOf(name);
    t.notOk(/'@segl\/\w+\/|from '\./.test(script), `the example of ${name} takes what is for others alone`);
    await writeFile(join(folder, `${name}.js`), script);
    t.equal((await start(`${name}.js`)).stdout, prints, `the example of ${name}`);
  }

  await writeFile(join(folder, 'inside.js'), 'await import("@segl/pki/revocation/crl-entries")');
  await t.rejects(start('inside.js'), /ERR_PACKAGE_PATH_NOT_EXPORTED/, 'the rest cannot be reached');
});
