/** Signing keys from files: each form that openssl writes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { isSeglError } from '@segl/problem/errors';
import { openKey, type KeySource } from '@segl/server/adapters/keys/key-source';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { createTestPki } from '../../../support/signatures/test-pki.ts';
import { run, tool } from '../../../support/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'segl-keys-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const pki = createTestPki('RSA');
const ders = [pki.signer, pki.issuingCa, pki.root].map(({ certificate }) => certificate.der);
const chainFile = file('chain.pem', certificatesToPem(ders));
const passwordFile = file('password', 'segl 1\n');
const wrongFile = file('wrong', 'other');
const plain = file('plain.pem', pki.signer.privateKey.export({ format: 'pem', type: 'pkcs8' }));

t.test('forms of files', async (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const ssl = (name: string, ...args: string[]): string => {
    const out = join(folder, name);
    const { code, output } = run(openssl, [...args, '-out', out]);
    if (code !== 0) throw new Error(output);
    return out;
  };
  const pass = ['-passout', `file:${passwordFile}`];
  const encrypted = ssl('p8.pem', 'pkcs8', '-topk8', '-in', plain, ...pass);
  const old = ssl('p1.pem', 'rsa', '-traditional', '-aes128', '-in', plain, ...pass);
  const own = file('own.pem', certificatesToPem(ders.slice(0, 1)));
  const p12 = (name: string, certificates: string, ...more: string[]): string =>
    ssl(name, 'pkcs12', '-export', '-inkey', plain, '-in', certificates, ...more);
  const full = p12('full.p12', chainFile, ...pass);
  const bare = p12('bare.p12', own, ...pass);
  const open = p12('open.p12', chainFile, '-passout', 'pass:');

  const forms: Record<string, KeySource> = {
    PEM: { key: plain, chainFile },
    'PEM, encrypted': { key: encrypted, passwordFile, chainFile },
    'PEM, encrypted as of old': { key: old, passwordFile, chainFile },
    'PKCS#12': { key: full, passwordFile },
    'PKCS#12 with a chain beside it': { key: bare, passwordFile, chainFile },
    'PKCS#12 whose issuers are among the anchors': {
      ...{ key: bare, passwordFile },
      anchors: ders.slice(1),
    },
    'PKCS#12 without a password': { key: open },
  };
  for (const [name, source] of Object.entries(forms)) {
    const { key } = await openKey(source);
    t.equal(key.algorithm, 'RSA', name);
    t.same(
      [key.certificate, ...key.chain].map((der) => Buffer.from(der)),
      ders.map((der) => Buffer.from(der)),
      `${name}: the whole path`,
    );
    const pss = await openKey({ ...source, pss: true });
    t.equal(pss.key.algorithm, 'RSA-PSS', name);
  }

  const refused = async (source: KeySource, why: RegExp): Promise<void> => {
    const error = await openKey(source).catch((thrown: unknown) => thrown);
    t.ok(isSeglError(error, 'KEY_INVALID', 'PKCS12_INVALID'), why.source);
    t.match((error as Error).message, why);
    t.notMatch((error as Error).message, /segl 1|BEGIN/, 'nothing secret is quoted');
  };
  await refused({ key: encrypted, chainFile }, /encrypted, and no password is set/);
  await refused({ key: old, chainFile, passwordFile: wrongFile }, /password does not open/);
  await refused({ key: full, passwordFile: wrongFile }, /password is wrong/);
  await refused({ key: full }, /neither PEM nor a PKCS#12 file that opens without a password/);
  await refused({ key: bare, passwordFile }, /issuer's certificate is missing/);
  await refused({ key: plain }, /chain file is needed/);
  await refused({ key: '/none', chainFile }, /key file \/none cannot be read \(ENOENT\)/);
  await refused({ key: plain, passwordFile: '/none', chainFile }, /password file \/none cannot be read/);
  await refused({ key: file('noise', 'noise'), chainFile }, /neither PEM nor/);
});
