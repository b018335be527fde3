/** XAdES that others signed, xadesjs and EU DSS, and that we extend to LTA: nothing that they wrote is touched. */
import { execFileSync } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePkcs12 } from '@segl/sandbox/pki/pkcs12';
import { raise } from '@segl/ades/xades/levels';
import { openXades } from '@segl/ades/xades/read';
import { C14N_10, C14N_EXCLUSIVE } from '@segl/ades/xml/c14n';
import { projectFile } from '@segl/server/paths';
import { nextSecond, type ClaimedFile } from './files.ts';
import type { Identity, World } from './world.ts';

const TEXT = '<a:b xmlns:a="urn:x" q="1"><c>Aftale</c>æ &amp; ø</a:b>';

type Canonicalization = 'c14n' | 'exc-c14n';

/** XAdES B by xadesjs: enveloped, its signed properties without any transform. */
export async function signByXadesjs(
  { certificate, privateKey }: Identity,
  authorities: readonly Uint8Array[],
  canonicalization: Canonicalization = 'exc-c14n',
): Promise<Uint8Array> {
  const [xades, { setNodeDependencies }, xmldom, xpath] = await Promise.all([
    import('xadesjs'),
    import('xml-core'),
    import('@xmldom/xmldom'),
    import('xpath'),
  ]);
  setNodeDependencies({ ...xmldom, xpath });
  xades.Application.setEngine('node', webcrypto as Crypto);
  const isEc = privateKey.asymmetricKeyType === 'ec';
  const algorithm = isEc
    ? { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const key = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  const document = xades.Parse(TEXT);
  const signature = new xades.SignedXml();
  const [der = '', ...others] = [certificate.der, ...authorities].map((one) =>
    Buffer.from(one).toString('base64'),
  );
  await signature.Sign(algorithm, key, document, {
    x509: [der, ...others],
    signingCertificate: der,
    references: [{ hash: 'SHA-256', uri: '', transforms: ['enveloped', canonicalization] }],
  });
  document.documentElement.appendChild(document.importNode(signature.GetXml()!, true));
  return Buffer.from(new xmldom.XMLSerializer().serializeToString(document as never));
}

/** XAdES B by EU DSS, enveloping, by canonicalization. `classPath`: its libraries. */
function signByDss(
  { certificate, privateKey: key }: Identity,
  authorities: readonly Uint8Array[],
  { classPath, folder }: { readonly classPath: string; readonly folder: string },
): [kind: string, bytes: Uint8Array][] {
  const file = (name: string): string => join(folder, `signed-${name}`);
  const password = 'conformance';
  const certificates = [certificate.der, ...authorities];
  writeFileSync(file('in.xml'), TEXT);
  writeFileSync(file('key.p12'), writePkcs12({ key, certificates, password, name: 'key' }));
  const wanted = [C14N_10, C14N_EXCLUSIVE].map((algorithm) => {
    const kind = `enveloping, ${algorithm === C14N_10 ? 'c14n' : 'exc-c14n'}`;
    return { kind, args: ['ENVELOPING', algorithm, file(`${kind}.xml`)] };
  });
  const source = projectFile('conformance', 'dss', 'Signer.java');
  const given = [file('in.xml'), file('key.p12'), password, ...wanted.flatMap(({ args }) => args)];
  execFileSync('java', ['-Dfile.encoding=UTF-8', '-cp', classPath, source, ...given]);
  return wanted.map(({ kind, args }) => [kind, readFileSync(args.at(-1)!)]);
}

/** `classPath`: where the libraries of EU DSS are; `folder`: a place for files on the way. */
export async function* extendedFiles(
  world: World,
  place: { readonly classPath: string; readonly folder: string },
): AsyncGenerator<ClaimedFile> {
  const level = 'XAdES-BASELINE-LTA';
  for (const key of ['RSA-2048', 'P-256'] as const) {
    const made: [kind: string, bytes: Uint8Array][] = [];
    const ours = world.identity(key, `Signer with xadesjs, ${key}`);
    for (const canonicalization of ['c14n', 'exc-c14n'] as const) {
      const bytes = await signByXadesjs(ours, world.authorities, canonicalization);
      made.push([`by xadesjs, ${canonicalization}`, bytes]);
    }
    const theirs = world.identity(key, `Signer with EU DSS, ${key}`);
    for (const [kind, bytes] of signByDss(theirs, world.authorities, place)) {
      made.push([`by EU DSS, ${kind}`, bytes]);
    }
    for (const [kind, signed] of made) {
      let bytes = signed;
      for (const again of ['', ', renewed']) {
        bytes = await raise(openXades(bytes), 'LTA', world.services);
        yield { format: 'XAdES', kind: `signed ${kind}, extended${again}`, key, level, bytes };
        await nextSecond();
      }
    }
  }
}
