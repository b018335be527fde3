import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { eventsOf, profileLogo } from '@segl/server/application/packaging/signature-page-content';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { projectFile } from '@segl/server/paths';

const folder = mkdtempSync(join(tmpdir(), 'segl-profiles-'));
t.teardown(() => rmSync(folder, { recursive: true }));

t.test('the logo of a profile stands on pages where a PDF can show it, and never stops one', async (t) => {
  for (const name of ['good', 'bad', 'none']) mkdirSync(join(folder, name));
  copyFileSync(projectFile('templates', 'pades', 'standard', 'logo.png'), join(folder, 'good', 'logo.png'));
  writeFileSync(join(folder, 'bad', 'logo.png'), 'no picture');
  writeFileSync(join(folder, 'none', 'logo.svg'), '<svg/>');
  const warned: unknown[] = [];
  const log = new Proxy(silentLogger, {
    get: (target, name) =>
      name === 'warn' ? (what: unknown) => warned.push(what) : (Reflect.get(target, name) as unknown),
  });
  const scene = { config: { profilesDir: folder }, log };
  t.match(await profileLogo(scene, 'good'), { width: 128, height: 128 });
  t.equal(await profileLogo(scene, 'good'), await profileLogo(scene, 'good'), 'read once');
  t.equal(await profileLogo(scene, 'bad'), undefined);
  t.equal(await profileLogo(scene, 'bad'), undefined);
  t.match(warned, [{ path: join(folder, 'bad', 'logo.png'), why: { code: 'picture/neither' } }], 'told once');
  for (const name of ['none', 'unknown', '../good', undefined])
    t.equal(await profileLogo(scene, name), undefined);
  t.equal(warned.length, 1);
});

t.test('what happened in a session is told once, and what is about a document with it', (t) => {
  const at = (seconds: number): Date => new Date(1_800_000_000_000 + seconds * 1000);
  const visit = { at: at(0), type: 'started-transaction', data: [{ name: 'ip', value: '192.0.2.7' }] };
  const content = (digest: number, transactionId: string, signed: number): LtvSdoContent =>
    ({
      signer: { displayName: 'Åse' },
      document: { sha256: Buffer.alloc(32, digest) },
      creation: { transactionId },
      creationAuditTrail: [visit],
      verificationAuditTrail: [
        { at: at(signed), type: 'signature-created', data: [{ name: 'document-id', value: 'x' }] },
      ],
    }) as unknown as LtvSdoContent;
  const places = new Map([1, 2].map((digest, index) => [Buffer.alloc(32, digest).toString('hex'), index]));
  const packages = [content(1, 'a', 9), content(2, 'a', 5), content(1, 'b', 9)].map((one) => ({
    verified: { content: one },
  }));
  t.same(eventsOf(packages, places), [
    { at: at(0), type: 'started-transaction', signer: 'Åse' },
    { at: at(0), type: 'started-transaction', signer: 'Åse' },
    { at: at(5), type: 'signature-created', signer: 'Åse', documentIndex: 1 },
    { at: at(9), type: 'signature-created', signer: 'Åse', documentIndex: 0 },
    { at: at(9), type: 'signature-created', signer: 'Åse', documentIndex: 0 },
  ]);
  t.end();
});
