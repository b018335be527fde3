/** Everything that we claim a level of: every format, level, kind of key and kind of input. */
import { writeContainer } from '@segl/ades/asic/container';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { raisePades, type PadesLevel } from '@segl/ades/pades/levels';
import { addSignature } from '@segl/ades/pades/sign';
import { PdfDocument } from '@segl/ades/pdf/document';
import { permittedAdditions } from '@segl/ades/pdf/changes/permissions';
import { openXades } from '@segl/ades/xades/read';
import { raise, type XadesLevel } from '@segl/ades/xades/levels';
import { signXades, type XadesData } from '@segl/ades/xades/sign';
import { signaturePages } from './signature-pages.ts';
import { keyKinds, type KeyKind, type World } from './world.ts';

export interface ClaimedFile {
  readonly format: 'XAdES' | 'PAdES' | 'ASiC-E';
  /** Enveloped, enveloping, detached; what is in a container; or the kind of PDF. */
  readonly kind: string;
  readonly key: KeyKind;
  /** As EU DSS names it. */
  readonly level: string;
  readonly bytes: Uint8Array;
  /** The status of its certificates stands in revocation lists alone. */
  readonly isByLists?: boolean;
  /** Name and bytes of detached data. */
  readonly detached?: readonly [string, Uint8Array];
}

export interface Extent {
  readonly keys: readonly KeyKind[];
  readonly xadesLevels: readonly XadesLevel[];
  readonly padesLevels: readonly PadesLevel[];
  /** Kinds of PDF; all when left out. */
  readonly pdfKinds?: readonly string[];
}

export const everything: Extent = {
  keys: keyKinds,
  xadesLevels: ['B', 'T', 'LT', 'LTA', 'XL'],
  padesLevels: ['B', 'T', 'LT', 'LTA'],
};

const text = Buffer.from('Aftale: æøå\n');

const ltvSdo = {
  name: 'ltv-sdo-1.xml',
  description: 'LTV-SDO',
  mimeType: 'application/x-ltv-sdo',
  bytes: text,
};

const forms: Readonly<Record<string, XadesData>> = {
  enveloping: { form: 'enveloping', bytes: text, mimeType: 'text/plain' },
  detached: { form: 'detached', bytes: text, mimeType: 'text/plain', uri: 'aftale.txt' },
  enveloped: { form: 'enveloped', bytes: Buffer.from('<a:b xmlns:a="urn:x" q="1"><c/>æ &amp; ø</a:b>') },
};

const dssName = (level: XadesLevel): string => (level === 'XL' ? 'XAdES-XL' : `XAdES-BASELINE-${level}`);

/** The kind of PDF that also gets signature pages. */
const PAGED = 'classic';

/** Time-stamps are to the second: what comes later must be later. */
export const nextSecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1100));

export async function* claimedFiles(
  world: World,
  inputs: ReadonlyMap<string, Uint8Array>,
  { keys, xadesLevels, padesLevels, pdfKinds = [...inputs.keys()] }: Extent,
): AsyncGenerator<ClaimedFile> {
  const policy = { id: 'urn:oid:2.25.1', hash: Buffer.alloc(32, 7), uri: 'https://policy.test.invalid/' };
  for (const key of keys) {
    const signer = world.signer(key, `Signer ${key}`);
    for (const [kind, data] of Object.entries(forms)) {
      const parts = await signXades({ key: signer, signingTime: world.clock.now(), data: [data], policy });
      for (const level of xadesLevels) {
        const bytes = await raise(parts, level, world.services);
        const detached = kind === 'detached' ? { detached: ['aftale.txt', text] as const } : {};
        yield { format: 'XAdES', kind, key, level: dssName(level), bytes, ...detached };
      }
      if (!xadesLevels.includes('LTA') || kind === 'detached') continue;
      await nextSecond();
      const bytes = await raise(openXades(await raise(parts, 'LTA', world.services)), 'LTA', world.services);
      yield { format: 'XAdES', kind: `${kind}, renewed`, key, level: dssName('LTA'), bytes };
    }
  }
  for (const key of keys) {
    const signer = world.signer(key, `Archivist ${key}`);
    const files = [
      { name: 'documents/aftale.txt', mimeType: 'text/plain', bytes: text },
      { name: 'documents/aftale.pdf', mimeType: 'application/pdf', bytes: inputs.get('classic')! },
    ];
    for (const level of xadesLevels) {
      if (level === 'B' || level === 'XL') continue;
      const { clock, services } = world;
      const bytes = await writeContainer(files, { key: signer, signingTime: clock.now(), services, level });
      yield { format: 'ASiC-E', kind: 'two files', key, level: dssName(level), bytes };
    }
  }
  const pages = pdfKinds.includes(PAGED) ? await signaturePages(world.clock.now()) : [];
  const kinds = [
    ...pdfKinds.map((kind) => ({ kind, pdf: inputs.get(kind)! })),
    ...pages.map(({ template, page }) => ({
      ...{ kind: `${PAGED}, page ${template}`, page },
      pdf: inputs.get(PAGED)!,
    })),
  ];
  for (const key of keys) {
    const signer = world.signer(key, `Sealer ${key}`);
    for (const { kind, pdf, ...more } of kinds) {
      const permitted = permittedAdditions(PdfDocument.open(pdf));
      const isPreservedOnly = permitted === 'validation-data';
      // there our keys have no part in it
      if (isPreservedOnly && key !== keys[0]) continue;
      for (const level of padesLevels) {
        if (isPreservedOnly && (level === 'B' || level === 'T')) continue;
        const file = IncrementalFile.of(pdf);
        if (!isPreservedOnly) {
          await addSignature(file, {
            ...more,
            attachments: permitted === 'all' ? [{ ...ltvSdo, modified: world.clock.now() }] : [],
            key: signer,
            signerName: 'Segl',
            signingTime: world.clock.now(),
            ...(level !== 'B' && { timestamper: world.services.timestamp }),
          });
        }
        if (level === 'LT' || level === 'LTA') await raisePades(file, level, world.services);
        yield { format: 'PAdES', kind, key, level: `PAdES-BASELINE-${level}`, bytes: file.bytes };
      }
    }
  }
}
