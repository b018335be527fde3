/** What xmlsec1 says of XML that is signed with one key. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { run, tool } from '../tools.ts';

/**
 * Verifies documents with the certificate (DER) and no other key, as clients do that know it. `ids`: the attributes that are ids, each
 * as `NAME ELEMENT` with the namespace of the element. Absent: as `tool` does.
 */
export async function xmlsec1Of(
  t: Parameters<typeof tool>[0] & { teardown(end: () => unknown): unknown },
  certificate: Uint8Array,
  ids: readonly (readonly [name: string, element: string])[],
): Promise<((xml: string) => Promise<boolean>) | undefined> {
  const xmlsec1 = tool(t, 'xmlsec1');
  if (xmlsec1 === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'segl-xmlsec1-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const [pem, file] = [join(folder, 'certificate.pem'), join(folder, 'signed.xml')];
  await writeFile(pem, certificatesToPem([certificate]));
  const key = ['--enabled-key-data', 'rsa', '--pubkey-cert-pem', pem];
  const named = ids.flatMap(([name, element]) => [`--id-attr:${name}`, element]);
  return async (xml) => {
    await writeFile(file, xml);
    return run(xmlsec1, ['--verify', ...key, ...named, file]).code === 0;
  };
}
