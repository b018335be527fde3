/** The trust that a stranger needs to judge the demo's files: roots and issuing CAs, one PEM file each. */
import { createHash, X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { certificatesFromPem, certificatesToPem } from '@segl/pki/x509/pem';

export interface TrustFiles {
  readonly anchors: readonly string[];
  readonly intermediates: readonly string[];
}

/**
 * Writes `trust/…pem` under `folder`. Anchors come from `anchorFiles` only (what an operator configures as trusted);
 * intermediates are CA certificates found in `certificates` (DER). File names are relative to `folder`.
 */
export async function writeTrust(
  folder: string,
  anchorFiles: readonly string[],
  certificates: readonly Uint8Array[],
): Promise<TrustFiles> {
  await mkdir(join(folder, 'trust'), { recursive: true });
  const bundles = await Promise.all(
    anchorFiles.map(async (file) => certificatesFromPem(await readFile(file, 'utf8'))),
  );
  const anchors = new Map(bundles.flat().map((der) => [fingerprint(der), der]));
  const intermediates = new Map(certificates.filter(isCa).map((der) => [fingerprint(der), der] as const));
  for (const key of anchors.keys()) intermediates.delete(key);
  const write = async (kind: string, ders: Iterable<Uint8Array>): Promise<string[]> => {
    const names: string[] = [];
    for (const der of ders) {
      const name = join('trust', `${kind}-${names.length + 1}.pem`);
      await writeFile(join(folder, name), certificatesToPem([der]));
      names.push(name);
    }
    return names;
  };
  return {
    anchors: await write('anchor', anchors.values()),
    intermediates: await write('intermediate', intermediates.values()),
  };
}

const fingerprint = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');

const isCa = (der: Uint8Array): boolean => new X509Certificate(der).ca;
