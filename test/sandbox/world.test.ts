import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import t from 'tap';
import { ManualClock, systemClock } from '@segl/problem/clock';
import { loadConfig } from '@segl/server/config/config';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { createTimestamper } from '@segl/pki/tsp/tsa';
import { validateCertificate } from '@segl/pki/revocation/validate';
import type { Sandbox } from '@segl/sandbox/main';
import { run, tool } from '../support/tools.ts';
import { httpGet, keyOf, openSandbox, post, setting, temporaryFolder } from './support.ts';

const get = async (sandbox: Sandbox, path: string): Promise<Uint8Array> => {
  const response = await fetch(`${sandbox.url}${path}`);
  if (response.status !== 200) throw new Error(`${path}: ${String(response.status)}`);
  return new Uint8Array(await response.arrayBuffer());
};

const anchorsIn = async (path: string): Promise<Uint8Array[]> =>
  certificatesFromPem(await readFile(path, 'utf8'));

const personCertificate = (sandbox: Sandbox, user: string) =>
  get(sandbox, `/testtools/person/${user}/certificate.cer`);

t.test('one start gives everything that a service needs', async (t) => {
  const sandbox = await openSandbox(t);

  t.test('settings that the configuration takes, also as a file', async (t) => {
    const config = loadConfig(sandbox.environment);
    t.equal(config.variables['NEMID_CLIENT_URL'], sandbox.url);
    t.same(config.internalAllow, ['127.0.0.0/8', '::1/128']);
    const file = await readFile(join(setting(sandbox, 'SEAL_KEY_FILE'), '..', 'service.env'), 'utf8');
    t.same(parseEnv(file), sandbox.environment);
    for (const name of ['SEAL_KEY_FILE', 'VOCES_KEY_FILE']) {
      t.equal((await stat(setting(sandbox, name))).mode & 0o077, 0, `${name} is for its owner alone`);
    }
    t.equal((await keyOf(sandbox, 'SEAL')).algorithm, 'RSA');
    t.equal((await keyOf(sandbox, 'VOCES')).chain.length, 2);
  });

  t.test('certificates with the names and policies of OCES, on our own arc', async (t) => {
    const person = parseCertificate(await personCertificate(sandbox, 'anna'));
    t.equal(person.subject.rdns.length, 3, 'C, O, and one relative name of two attributes');
    t.equal(person.subject.attribute('2.5.4.10'), 'Ingen organisatorisk tilknytning');
    t.same(
      new Set(person.subject.rdns[2]?.map(({ value }) => value)),
      new Set(['Anna Prøve Æblegård', 'PID:9208-2002-2-000000001011']),
    );
    t.match(person.policies, [`${setting(sandbox, 'NEMID_POLICY_PREFIX')}.1.1`]);
    t.ok(person.keyUsage?.has('nonRepudiation'));
    t.same(person.ocspUrls, [`${sandbox.url}/ocsp/oces-ca`]);
    t.same(person.caIssuerUrls, [`${sandbox.url}/aia/oces-ca.cer`]);

    const voces = parseCertificate((await keyOf(sandbox, 'VOCES')).certificate);
    t.match(voces.subject.attribute('2.5.4.5'), /^CVR:\d{8}-UID:\d+$/);
    t.notOk(voces.keyUsage?.has('nonRepudiation'));
    for (const certificate of [person, voces]) {
      t.match(certificate.issuerDn, /Segl Sandbox/);
      t.notMatch(certificate.policies.join(), /1\.2\.208/);
    }
  });

  t.test('chains, revocation lists and OCSP answers that openssl accepts', async (t) => {
    const openssl = tool(t, 'openssl');
    if (!openssl) return;
    const folder = await temporaryFolder(t);
    const pem = async (name: string, der: Uint8Array): Promise<string> => {
      const path = join(folder, `${name}.pem`);
      await writeFile(path, new X509Certificate(der).toString());
      return path;
    };
    const root = setting(sandbox, 'NEMID_TRUST_FILE');
    const issuer = await pem('issuer', await get(sandbox, '/aia/oces-ca.cer'));
    const anna = await pem('anna', await personCertificate(sandbox, 'anna'));
    const esben = await pem('esben', await personCertificate(sandbox, 'esben'));

    const seal = setting(sandbox, 'SEAL_CHAIN_FILE');
    const { anchors, intermediates } = sandbox.trust;
    // behind those of the simulators
    const [sealAnchor = '', sealIssuer = ''] = [anchors.at(-2), intermediates.at(-1)];
    for (const args of [
      ['-CAfile', root, '-untrusted', issuer, anna],
      ['-CAfile', root, '-untrusted', issuer, setting(sandbox, 'VOCES_CHAIN_FILE')],
      ['-CAfile', sealAnchor, '-untrusted', sealIssuer, seal],
    ]) {
      t.match(run(openssl, ['verify', '-x509_strict', ...args]), { code: 0 });
    }

    const crl = join(folder, 'oces-ca.crl');
    await writeFile(crl, await get(sandbox, '/crl/oces-ca.crl'));
    t.match(
      run(openssl, ['crl', '-inform', 'DER', '-in', crl, '-noout', '-CAfile', issuer]).output,
      /verify OK/,
    );
    t.match(
      run(openssl, ['verify', '-crl_check', '-CRLfile', crl, '-CAfile', root, '-untrusted', issuer, esben])
        .output,
      /certificate revoked/,
    );

    const ocsp = (certificate: string) => [
      'ocsp',
      ...['-issuer', issuer, '-cert', certificate, '-CAfile', root, '-verify_other', issuer],
    ];
    const ask = async (certificate: string): Promise<string> => {
      const url = `${sandbox.url}/ocsp/oces-ca`;
      // not run(): the sandbox answers from this very process
      const { stdout, stderr } = await promisify(execFile)(openssl, [...ocsp(certificate), '-url', url]);
      return stderr + stdout;
    };
    t.match(await ask(anna), /Response verify OK[^]*: good/);
    t.match(await ask(esben), /Response verify OK[^]*: revoked/);

    const request = join(folder, 'request.der');
    const answer = join(folder, 'answer.der');
    run(openssl, ['ocsp', '-issuer', issuer, '-cert', anna, '-no_nonce', '-reqout', request]);
    const encoded = encodeURIComponent((await readFile(request)).toString('base64'));
    await writeFile(answer, await get(sandbox, `/ocsp/oces-ca/${encoded}`));
    t.match(run(openssl, [...ocsp(anna), '-no_nonce', '-respin', answer]).output, /: good/, 'asked with GET');
  });

  t.test('time-stamps that openssl accepts', async (t) => {
    const openssl = tool(t, 'openssl');
    if (!openssl) return;
    const folder = await temporaryFolder(t);
    const data = join(folder, 'data');
    await writeFile(data, 'what existed');
    run(openssl, ['ts', '-query', '-data', data, '-sha256', '-cert', '-out', `${data}.tsq`]);
    const { status, contentType, body } = await post(
      setting(sandbox, 'TSA_URL'),
      await readFile(`${data}.tsq`),
      'application/timestamp-query',
    );
    t.match({ status, contentType }, { status: 200, contentType: 'application/timestamp-reply' });
    await writeFile(`${data}.tsr`, body);
    const verify = (...of: string[]) =>
      run(openssl, [
        'ts',
        '-verify',
        ...of,
        '-in',
        `${data}.tsr`,
        '-CAfile',
        setting(sandbox, 'TSA_TRUST_FILE'),
      ]);
    t.match(verify('-data', data), { code: 0, output: /Verification: OK/ });
    await writeFile(data, 'what did not');
    t.not(verify('-data', data).code, 0);
  });

  t.test('answers that our own validation accepts over the network', async (t) => {
    const revocation = new RevocationService({ post, get: httpGet, clock: systemClock });
    const validate = async (leaf: Uint8Array, authority: string, anchorFile: string) =>
      validateCertificate({
        leaf,
        intermediates: [await get(sandbox, `/aia/${authority}.cer`)],
        anchors: await anchorsIn(anchorFile),
        at: systemClock.now(),
        revocation,
      });
    const root = setting(sandbox, 'NEMID_TRUST_FILE');
    const good = await validate(await personCertificate(sandbox, 'bo'), 'oces-ca', root);
    t.same(good.ocspUrls, [`${sandbox.url}/ocsp/oces-ca`]);
    t.same(
      good.crlUrls,
      [`${sandbox.url}/crl/oces-root.crl`],
      'the authority is told of by the list of its root',
    );
    t.equal(good.path.length, 3);
    await t.rejects(validate(await personCertificate(sandbox, 'esben'), 'oces-ca', root), {
      code: 'CERT_REVOKED',
    });
    const seal = await keyOf(sandbox, 'SEAL');
    t.equal(
      (await validate(seal.certificate, 'seal-ca', sandbox.trust.anchors.at(-2) ?? '')).ocspUrls.length,
      2,
    );

    const stamp = createTimestamper({
      url: setting(sandbox, 'TSA_URL'),
      anchors: await anchorsIn(setting(sandbox, 'TSA_TRUST_FILE')),
      post,
      clock: systemClock,
    });
    t.ok((await stamp(() => new Uint8Array(32))).length > 1000);
  });

  t.test('refusals for what makes no sense', async (t) => {
    for (const path of ['/aia/nobody.cer', '/crl/nobody.crl', '/ocsp/nobody/AAAA', '/launcher/big/1', '/x']) {
      t.equal((await fetch(`${sandbox.url}${path}`)).status, 404, path);
    }
    const nonsense = await post(
      `${sandbox.url}/ocsp/oces-ca`,
      Buffer.from('nonsense'),
      'application/ocsp-request',
    );
    t.equal(Buffer.from(nonsense.body).toString('hex'), '30030a0101', 'malformedRequest');
    const stamp = await post(`${sandbox.url}/tsa`, Buffer.from('nonsense'), 'application/timestamp-query');
    t.match(Buffer.from(stamp.body).subarray(0, 8).toString('hex'), /0201 ?02|020102/, 'rejection');
  });
});

t.test('a later start finds the same world, under a new address', async (t) => {
  const dataDir = await temporaryFolder(t);
  const first = await openSandbox(t, { dataDir });
  const before = {
    root: await readFile(setting(first, 'NEMID_TRUST_FILE'), 'utf8'),
    anna: parseCertificate(await personCertificate(first, 'anna')),
    card: await (await fetch(`${first.url}/testtools/card/anna`)).text(),
  };
  await first.close();

  const second = await openSandbox(t, { dataDir });
  const anna = parseCertificate(await personCertificate(second, 'anna'));
  t.not(second.url, first.url);
  t.equal(await readFile(setting(second, 'NEMID_TRUST_FILE'), 'utf8'), before.root, 'the anchors stay');
  t.ok(anna.publicKey.equals(before.anna.publicKey), 'keys stay');
  t.same(anna.ocspUrls, [`${second.url}/ocsp/oces-ca`], 'certificates carry the new address');
  t.equal(await (await fetch(`${second.url}/testtools/card/anna`)).text(), before.card, 'key cards stay');

  const issuer = parseCertificate(await get(second, '/aia/oces-ca.cer'));
  const moved = new RevocationService({
    clock: systemClock,
    post: (url, body, type) => post(url.replace(first.url, second.url), body, type),
  });
  t.equal(
    (await moved.ocsp(before.anna, issuer)).result.status,
    'good',
    'what was issued before keeps its status',
  );
  await second.close();

  const saved = await readFile(join(dataDir, 'pki.json'), 'utf8');
  const later = new ManualClock(new Date(systemClock.now().getTime() + 1060 * 86_400_000));
  const third = await openSandbox(t, { dataDir, clock: later });
  t.not(await readFile(join(dataDir, 'pki.json'), 'utf8'), saved);
  const renewed = parseCertificate(await personCertificate(third, 'anna'));
  t.ok(renewed.isValidAt(later.now()), 'certificates that would expire are renewed');
});
