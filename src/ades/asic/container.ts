/** ASiC-E containers with a XAdES signature over all of their files (ETSI EN 319 162-1 clause 4.4). */
import type { LongTermServices } from '@segl/pki/tsp/long-term-services';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { raise } from '../xades/levels.ts';
import { signXades } from '../xades/sign.ts';
import { writeZip } from './zip.ts';

/** A file of a container; `name` is a path of unreserved characters (RFC 3986) and slashes. */
export interface ContainerFile {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

export const ASIC_E_MEDIA_TYPE = 'application/vnd.etsi.asic-e+zip';
export const ASIC_SIGNATURES = 'META-INF/signatures.xml';

const ASIC = 'http://uri.etsi.org/02918/v1.2.1#';
const MANIFEST = 'urn:oasis:names:tc:opendocument:xmlns:manifest:1.0';
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Signs every file as it is, lifts the signature to `level`, and packs it all. Throws what the key and the services throw. */
export async function writeContainer(
  files: readonly ContainerFile[],
  {
    key,
    signingTime,
    services,
    level = 'LTA',
  }: {
    readonly key: SigningKey;
    readonly signingTime: Date;
    readonly services: LongTermServices;
    readonly level?: 'T' | 'LT' | 'LTA';
  },
): Promise<Uint8Array> {
  const data = files.map(({ name: uri, mimeType, bytes }) => ({
    form: 'detached' as const,
    ...{ uri, mimeType, bytes },
  }));
  const signature = await raise(await signXades({ key, signingTime, data }), level, services);
  const text = Buffer.from(signature).toString('utf8').slice(DECLARATION.length);
  const signatures = `${DECLARATION}<asic:XAdESSignatures xmlns:asic="${ASIC}">${text}</asic:XAdESSignatures>`;
  return writeZip([
    { name: 'mimetype', bytes: Buffer.from(ASIC_E_MEDIA_TYPE) },
    ...files,
    { name: 'META-INF/manifest.xml', bytes: Buffer.from(manifest(files)) },
    { name: ASIC_SIGNATURES, bytes: Buffer.from(signatures) },
  ]);
}

function manifest(files: readonly ContainerFile[]): string {
  const entry = (path: string, type: string): string =>
    `  <manifest:file-entry manifest:full-path="${path}" manifest:media-type="${type.replace(/[&<>"]/g, '')}"/>\n`;
  return (
    `${DECLARATION}<manifest:manifest xmlns:manifest="${MANIFEST}" manifest:version="1.2">\n` +
    entry('/', ASIC_E_MEDIA_TYPE) +
    files.map(({ name, mimeType }) => entry(name, mimeType)).join('') +
    '</manifest:manifest>\n'
  );
}
