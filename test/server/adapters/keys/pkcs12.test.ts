/** Files that openssl made, in all the encryptions that they come in. */
import { writeFileSync, readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readPkcs12 } from '@segl/server/adapters/keys/pkcs12';
import { run, tool } from '../../../support/tools.ts';

t.test('PKCS#12', (t) => {
  const openssl = tool(t, 'openssl');
  if (!openssl) return t.end();
  const folder = mkdtempSync(join(tmpdir(), 'segl-p12-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  const ssl = (...args: string[]): void => {
    const { code, output } = run(openssl, args);
    if (code !== 0) throw new Error(`openssl ${args.join(' ')}: ${output}`);
  };
  const certificate = (name: string, algorithm: string[], issuer?: string): void =>
    ssl(
      ...[
        'req',
        '-x509',
        '-newkey',
        ...algorithm,
        '-nodes',
        '-keyout',
        at(`${name}.key`),
        '-out',
        at(`${name}.pem`),
      ],
      ...['-subj', `/CN=${name} æøå`, '-utf8', '-days', '10'],
      ...(issuer ? ['-CA', at(`${issuer}.pem`), '-CAkey', at(`${issuer}.key`)] : []),
    );
  certificate('ca', ['rsa:2048']);
  certificate('leaf', ['rsa:2048'], 'ca');
  certificate('ec', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], 'ca');
  const exported = (name: string, password: string, ...options: string[]): Buffer => {
    writeFileSync(at('password'), password);
    ssl(
      ...[
        'pkcs12',
        '-export',
        '-inkey',
        at(`${name}.key`),
        '-in',
        at(`${name}.pem`),
        '-certfile',
        at('ca.pem'),
      ],
      ...['-passout', `file:${at('password')}`, '-out', at('out.p12'), ...options],
    );
    return readFileSync(at('out.p12'));
  };
  const forms: Record<string, string[]> = {
    'AES-256 and SHA-256': [],
    'triple DES': ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
    'RC2, as old Windows and Java wrote it': [
      '-legacy',
      '-keypbe',
      'PBE-SHA1-3DES',
      '-certpbe',
      'PBE-SHA1-RC2-40',
      '-macalg',
      'sha1',
    ],
    'AES-128 and SHA-512': ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC', '-macalg', 'sha512'],
    'certificates in the open': ['-certpbe', 'NONE'],
  };
  for (const [form, options] of Object.entries(forms)) {
    const { privateKey, certificate, others } = readPkcs12(
      exported('leaf', 'Pass word1', ...options),
      'Pass word1',
    );
    t.match(certificate.subjectDn, /leaf æøå/, form);
    t.same(
      others.map(({ commonName }) => commonName),
      ['ca æøå'],
    );
    t.ok(certificate.isIssuedBy(others[0]!), 'not a byte of the certificates has changed');
    t.equal(privateKey.asymmetricKeyType, 'rsa');
  }
  t.equal(readPkcs12(exported('ec', 'x'), 'x').privateKey.asymmetricKeyType, 'ec');

  const file = exported('leaf', 'right');
  const refused = (bytes: Uint8Array, password: string, why: RegExp): void => {
    t.throws(() => readPkcs12(bytes, password), { code: 'PKCS12_INVALID', message: why });
  };
  refused(file, 'wrong', /password is wrong/);
  refused(file, '', /password is wrong/);
  refused(Buffer.from('-----BEGIN CERTIFICATE-----'), '', /not a PKCS#12 file/);
  refused(readFileSync(at('leaf.pem')), '', /not a PKCS#12 file/);
  refused(file.subarray(0, 200), 'right', /not a PKCS#12 file|damaged/);
  refused(Buffer.alloc((1 << 20) + 1), '', /larger/);
  refused(exported('leaf', 'right', '-nocerts'), 'right', /certificate of its key is not in it/);
  refused(exported('leaf', 'right', '-nokeys'), 'right', /no private key/);
  t.end();
});
