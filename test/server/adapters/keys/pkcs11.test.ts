/** Keys on a security module: SoftHSM, through its PKCS#11 library. */
import { constants, createHash, verify, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { signCades, verifyCms } from '@segl/ades/cades/sign';
import { isSeglError } from '@segl/problem/errors';
import { openKey } from '@segl/server/adapters/keys/key-source';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { readPkcs11Uri } from '@segl/server/adapters/keys/pkcs11/uri';
import { until } from '../../../support/server/running.ts';
import { createSoftHsm } from '../../../support/signatures/softhsm.ts';
import { createTestPki } from '../../../support/signatures/test-pki.ts';

const LIB = '?module-path=/lib/p11.so';

t.test('URIs of keys (RFC 7512)', async (t) => {
  t.same(
    readPkcs11Uri(
      'pkcs11:token=Segl%20seal;serial=01;manufacturer=A%3bB;model=M;slot-id=7;object=s%C3%B8gl;id=%01%ff;type=private' +
        '?module-path=/usr/lib/p11.so&pin-source=file:/etc/pin',
    ),
    {
      modulePath: '/usr/lib/p11.so',
      token: { label: 'Segl seal', serial: '01', manufacturer: 'A;B', model: 'M', slotId: 7 },
      object: { label: 'søgl', id: Buffer.from([1, 255]) },
      pinFile: '/etc/pin',
    },
  );
  t.same(readPkcs11Uri(`pkcs11:id=%00${LIB}&pin-source=file:///p`).pinFile, '/p');
  for (const [uri, why] of Object.entries({
    [`pkcs11:object=a`]: /module-path is missing/,
    [`pkcs11:object=a?module-path=p11.so`]: /absolute/,
    [`pkcs11:token=a${LIB}`]: /object or id is missing/,
    [`pkcs11:object=a;object=b${LIB}`]: /twice/,
    [`pkcs11:object=a;colour=red${LIB}`]: /colour is not known/,
    [`pkcs11:object=a${LIB}&pin-value=1234`]: /PIN does not belong/,
    [`pkcs11:object=a;type=cert${LIB}`]: /private/,
    [`pkcs11:object=%zz${LIB}`]: /percent sign/,
    [`pkcs11:object=%ff${LIB}`]: /UTF-8/,
    [`pkcs11:object=a;slot-id=x${LIB}`]: /number/,
    [`pkcs11:object${LIB}`]: /no value/,
  })) {
    t.throws(() => readPkcs11Uri(uri), { code: 'PKCS11_URI_INVALID', message: why }, uri);
  }
  const message = t.throws(() => readPkcs11Uri(`pkcs11:object=a${LIB}&pin-value=98765`)) as Error;
  t.notMatch(message.message, /98765/, 'a PIN is not quoted');
});

/** Processes that this one started and that still run. */
const children = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
        return Number(parent) === process.pid && state !== 'Z';
      } catch {
        return false;
      }
    })
    .map(Number);

t.test('SoftHSM', async (t) => {
  const hsm = createSoftHsm(t, 'Segl seal');
  if (!hsm) return;
  const rsa = createTestPki('RSA');
  const ec = createTestPki('EC-P256');
  hsm.add(rsa.signer.privateKey, 'rsa', '01');
  hsm.add(ec.signer.privateKey, 'ec', '02');
  hsm.add(ec.responder.privateKey, 'ec', '03');
  const file = (name: string, text: string): string => {
    writeFileSync(join(hsm.folder, name), text);
    return join(hsm.folder, name);
  };
  const chainFile = (pki: typeof rsa, name: string): string =>
    file(name, certificatesToPem([pki.signer, pki.issuingCa, pki.root].map((one) => one.certificate.der)));
  const rsaChain = chainFile(rsa, 'rsa.pem');
  const ecChain = chainFile(ec, 'ec.pem');
  const data = Buffer.from('I promise.');
  const refused = async (what: string, source: Parameters<typeof openKey>[0], why: RegExp): Promise<void> => {
    const before = children();
    const error = await openKey(source).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    t.ok(isSeglError(error, 'PKCS11_FAILED', 'KEY_INVALID'), what);
    t.match((error as Error | undefined)?.message, why, what);
    await until(`${what} leaves no process behind`, async () =>
      children().every((pid) => before.includes(pid)),
    );
  };

  const kinds = [
    { name: 'RSA', pki: rsa, path: 'token=Segl%20seal;object=rsa', chainFile: rsaChain, pss: false },
    { name: 'RSA-PSS', pki: rsa, path: 'token=Segl%20seal;id=%01', chainFile: rsaChain, pss: true },
    { name: 'EC-P256', pki: ec, path: 'object=ec;id=%02', chainFile: ecChain, pss: false },
  ] as const;
  // awaited: what goes on with the token and its processes here would disturb what comes after
  for (const { name, pki, path, ...source } of kinds) {
    await t.test(name, async (t) => {
      const { key, close } = await openKey({ key: hsm.uri(path), ...source });
      t.teardown(close);
      t.equal(key.algorithm, name);
      const publicKey = new X509Certificate(pki.signer.certificate.der).publicKey;
      const holds = (signature: Uint8Array, signed = data): boolean =>
        verify(
          'sha256',
          signed,
          name === 'RSA-PSS'
            ? { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
            : publicKey,
          signature,
        );
      const many = Array.from({ length: 40 }, (_, index) => Buffer.from(`promise ${index}`));
      const signatures = await Promise.all(many.map((one) => key.sign(one)));
      t.ok(
        signatures.every((signature, index) => holds(signature, many[index])),
        'many at the same time, each with its own signature',
      );
      const digest = Buffer.alloc(32, 7);
      t.same(verifyCms(await signCades({ digest, key }), digest).certificate, pki.signer.certificate.der);
      for (const hash of ['sha384', 'sha512'] as const) {
        const other = createHash(hash).update('x').digest();
        const signed = verifyCms(await signCades({ digest: other, hash, key }), () => other);
        t.equal(signed.hash, hash);
      }

      const [process] = children();
      globalThis.process.kill(process!, 'SIGKILL');
      const after = await Promise.all(many.map((one) => key.sign(one)));
      t.ok(
        after.every((signature, index) => holds(signature, many[index])),
        'a lost process is replaced',
      );
      t.notSame(children(), [process]);
    });
  }

  await t.test('a token that goes and comes back', async (t) => {
    const { key, close } = await openKey({ key: hsm.uri('object=rsa'), chainFile: rsaChain });
    t.teardown(close);
    renameSync(hsm.tokens, `${hsm.tokens}-away`);
    globalThis.process.kill(children()[0]!, 'SIGKILL');
    await t.rejects(key.sign(data), { code: 'PKCS11_FAILED' });
    renameSync(`${hsm.tokens}-away`, hsm.tokens);
    t.ok(verify('sha256', data, rsa.signer.certificate.publicKey, await key.sign(data)), 'without a restart');
  });

  const source = { key: hsm.uri('object=rsa'), chainFile: rsaChain };
  const wrongPin = file('wrong-pin', '9999');
  await refused('wrong PIN', { ...source, key: hsm.uri('object=rsa', wrongPin) }, /PIN is wrong/);
  await refused('no such key', { ...source, key: hsm.uri('object=none') }, /no private key on the token/);
  await refused('no such token', { ...source, key: hsm.uri('token=x;object=rsa') }, /no token fits/);
  await refused('two keys', { key: hsm.uri('object=ec'), chainFile: ecChain }, /several private keys/);
  await refused(
    'of another',
    { key: hsm.uri('id=%03'), chainFile: ecChain },
    /does not belong to the certificate/,
  );
  await refused('other kind', { key: hsm.uri('object=ec;id=%02'), chainFile: rsaChain }, /of another kind/);
  await refused(
    'no PIN file',
    { ...source, key: hsm.uri('object=rsa', '/none') },
    /PIN file \/none .*ENOENT/,
  );
  const bare = `pkcs11:object=rsa?module-path=${hsm.library}`;
  await refused('no PIN', { ...source, key: bare }, /wants a PIN/);
  await refused(
    'no library',
    { ...source, key: bare.replace(hsm.library, '/none.so') },
    /none\.so cannot be loaded/,
  );
  const { close } = await openKey({ ...source, key: bare, passwordFile: hsm.pinFile });
  await close();
});
