import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  environmentOf,
  isEnvironment,
  ocesEnvironment,
  readOcesPath,
  type EnvironmentName,
} from '@segl/identity/oces/environments';
import { projectFile } from '@segl/server/paths';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { buildPath } from '@segl/pki/x509/path';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { run, tool } from '../../support/tools.ts';
import { filesIn, vector } from '../../support/signatures/vectors.ts';
import { createPki } from '../methods/nemid/local-pki.ts';

const shipped = ['oces', 'seal'].flatMap((folder) =>
  filesIn(projectFile('src', 'identity', 'certs', folder)).map(({ name, bytes }) => ({
    file: `${folder}/${name}`,
    der: certificatesFromPem(Buffer.from(bytes).toString('latin1')),
  })),
);

t.test('every certificate that ships is the one of the table, and signed by its root', async (t) => {
  const table = readFileSync(projectFile('src', 'identity', 'certs', 'README.md'), 'utf8');
  const rows = [...table.matchAll(/^\| `(\S+)` +\| (.+?) +\| (\S+) +\| (\S+) +\| `([0-9a-f]{64})` \|$/gm)];
  t.same(
    rows.map(([, file]) => file),
    shipped.map(({ file }) => file),
  );
  const all = shipped.flatMap(({ der }) => der.map(parseCertificate));
  for (const [index, [, file, name, serial, until, fingerprint]] of rows.entries()) {
    const [der, ...more] = shipped[index]!.der;
    const one = parseCertificate(der!);
    t.same(more, [], `${file} holds one certificate`);
    t.equal(one.fingerprint, fingerprint, String(file));
    t.equal(one.commonName, name);
    t.equal(one.serialNumber.replace(/^0/, ''), serial);
    t.equal(one.notAfter.toISOString().slice(0, 10), until);
    t.ok(one.isCa && all.some((issuer) => one.isIssuedBy(issuer, { allowSha1: true }) || /TDC/.test(name!)));
  }
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  for (const { file } of shipped.filter(({ file }) => /trust2408|den-danske-stat/.test(file))) {
    const test = /systemtest|cti/.test(file);
    const isStat = /den-danske-stat/.test(file);
    const root = isStat
      ? `den-danske-stat-oces-rod-ca${test ? '-cti' : ''}`
      : `trust2408-${test ? 'systemtest-vii-primary-ca' : 'oces-primary-ca'}`;
    const anchor = projectFile('src', 'identity', 'certs', 'oces', `${root}.pem`);
    const args = [
      'verify',
      '-attime',
      isStat ? '1700000000' : '1600000000',
      '-CAfile',
      anchor,
      projectFile('src', 'identity', 'certs', file),
    ];
    t.match(run(openssl, args).output, /: OK$/m, file);
  }
});

t.test('the fingerprints in the table are those of the certificates as they were collected', async (t) => {
  const folder = vector(t, 'nemid', 'certs');
  if (!folder) return;
  const oces3 = vector(t, 'oces3');
  if (!oces3) return;
  const collected = new Set([
    ...['ca', 'seal-buypass'].flatMap((name) =>
      filesIn(join(folder, name)).map(({ bytes }) => parseCertificate(bytes).fingerprint),
    ),
    ...filesIn(oces3)
      .filter(({ name }) => /^oces3-.*\.pem$/.test(name))
      .map(({ bytes }) => parseCertificate(certificatesFromPem(Buffer.from(bytes).toString('latin1'))[0]!))
      .map(({ fingerprint }) => fingerprint),
  ]);
  for (const { file, der } of shipped) t.ok(collected.has(parseCertificate(der[0]!).fingerprint), file);
});

const names = (anchors: readonly Uint8Array[]) => anchors.map((der) => parseCertificate(der).commonName);
const PRODUCTION_ROOT = 'TRUST2408 OCES Primary CA';
const TEST_ROOT = 'TRUST2408 Systemtest VII Primary CA';

t.test('each environment has its own anchors; OCES I only when it is asked for', async (t) => {
  t.same(names(ocesEnvironment('production').anchors), [PRODUCTION_ROOT]);
  t.same(names(ocesEnvironment('test').anchors), [TEST_ROOT]);
  t.same(names(ocesEnvironment('production', { legacy: true }).anchors), [PRODUCTION_ROOT, 'TDC OCES CA']);
  t.same(names(ocesEnvironment('test', { legacy: true }).anchors), [TEST_ROOT, 'TDC OCES Systemtest CA II']);
  t.same(
    names(ocesEnvironment('production').intermediates),
    ['I', 'II', 'III', 'IV', 'V'].map((number) => `TRUST2408 OCES CA ${number}`),
  );
  const [production, test] = [ocesEnvironment('production').oces3, ocesEnvironment('test').oces3];
  t.same(names(production.anchors), names(test.anchors), 'of the same name');
  t.notSame(production.anchors, test.anchors);
  t.equal(environmentOf(parseCertificate(test.anchors[0]!)), 'test');
  t.equal(environmentOf(parseCertificate(production.intermediates[0]!)), 'production');
  t.ok(isEnvironment('test'));
  t.notOk(isEnvironment('preproduction'));
});

t.test('what is configured for one environment cannot be of another', async (t) => {
  const pki = createPki();
  const misconfigured = (text: RegExp) => ({ code: 'CONFIG_INVALID', message: text });
  const { anchors: production } = ocesEnvironment('production');
  const { anchors: test } = ocesEnvironment('test');
  const build = (name: EnvironmentName, anchors: readonly Uint8Array[]) => () =>
    ocesEnvironment(name, { anchors, policyPrefix: '2.25.1' });
  t.same(build('production', production)().anchors, production);
  t.throws(build('production', test), misconfigured(/Systemtest VII.*no trust anchor/));
  t.throws(build('production', [...production, pki.root]), misconfigured(/Segl Test OCES Primary CA/));
  t.throws(build('test', production), misconfigured(/no trust anchor/));
  t.throws(build('sandbox', production), misconfigured(/set NEMID_ENVIRONMENT=production/));
  t.throws(build('sandbox', [pki.root, ...test]), misconfigured(/set NEMID_ENVIRONMENT=test/));
  t.throws(build('sandbox', []), misconfigured(/must name the trust anchors/));
  const tdc = ocesEnvironment('production', { legacy: true }).anchors.slice(1);
  t.throws(build('production', tdc), misconfigured(/TDC OCES CA/), 'not without the switch');
  t.throws(build('sandbox', tdc), misconfigured(/production/));
  t.same(build('sandbox', [pki.root])().anchors, [pki.root]);
  t.equal(environmentOf(parseCertificate(production[0]!)), 'production');
  t.equal(environmentOf(parseCertificate(pki.root)), undefined);
});

t.test('a path counts in its own environment only', async (t) => {
  const folder = vector(t, 'nemid', 'certs', 'leaf');
  if (!folder) return;
  const leaf = parseCertificate(readFileSync(join(folder, 'laravel-nemid_nemid-MOCES-employee-valid.der')));
  const test = ocesEnvironment('test');
  const path = buildPath({
    leaf,
    intermediates: test.intermediates.map(parseCertificate),
    anchors: test.anchors.map(parseCertificate),
    at: new Date('2021-05-11T12:00:00Z'),
  });
  t.match(readOcesPath(path, test), { type: 'MOCES', cvr: '30808460', identifier: '45490598' });
  const refused = (why: RegExp) => ({ code: 'OCES_INVALID', message: why });
  t.throws(
    () => readOcesPath(path, ocesEnvironment('production')),
    refused(/belongs to the environment test/),
  );
  const pki = createPki();
  const own = ocesEnvironment('sandbox', { anchors: [pki.root], policyPrefix: '2.25.1' });
  t.throws(() => readOcesPath(path, own), refused(/belongs to the environment test/));
  t.throws(
    () => readOcesPath(path, { ...test, issuers: /^TRUST2408 Systemtest XIX CA$/ }),
    refused(/XXII CA does not/),
  );
  t.throws(() => readOcesPath(path, { ...test, policies: [] }), refused(/policy/));
  t.throws(() => readOcesPath(path.slice(0, 1), test), refused(/no issuer/));
});
