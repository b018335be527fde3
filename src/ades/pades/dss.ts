/** The document security store (ETSI EN 319 142-1 clause 5.4.2): validation data inside the file. */
import { createHash } from 'node:crypto';
import type { PdfDocument } from '../pdf/document.ts';
import type { PdfString } from '../pdf/objects.ts';
import { isDict, PdfName, PdfRef, PdfStream, type PdfDict, type PdfValue } from '../pdf/objects.ts';
import type { IncrementalUpdate } from '../pdf/update.ts';
import type { ValidationData } from '@segl/pki/revocation/validation-data';

/** Kind of the data, key in /DSS, key in an entry of /VRI. */
const kinds = [
  ['certificates', 'Certs', 'Cert'],
  ['ocsps', 'OCSPs', 'OCSP'],
  ['crls', 'CRLs', 'CRL'],
] as const;

/** What is in the store of a file. DER. */
export interface ReadDss extends ValidationData {
  /** Signatures that have an entry of their own, by upper-case hex SHA-1 of their /Contents. */
  readonly vri: ReadonlySet<string>;
}

/** Certificates and answers are small; a revocation list of a large authority is not. */
const MAX_STREAM = 32 << 20;

const NONE: ReadDss = { certificates: [], ocsps: [], crls: [], vri: new Set() };

/** Reads the store; empty when there is none. Throws PDF_INVALID. */
export function readDss(document: PdfDocument): ReadDss {
  const store = document.dict(document.catalog.dict.get('DSS'), '/DSS');
  if (!store) return NONE;
  const streams = (key: string): Uint8Array[] =>
    document.array(store.get(key), `/DSS/${key}`).flatMap((item) => {
      const stream = document.resolve(item);
      return stream instanceof PdfStream ? [document.decode(stream, MAX_STREAM)] : [];
    });
  const vri = document.dict(store.get('VRI'), '/VRI');
  return {
    certificates: streams('Certs'),
    ocsps: streams('OCSPs'),
    crls: streams('CRLs'),
    vri: new Set(vri?.keys()),
  };
}

/** Key of /VRI for a signature: SHA-1 over the whole octets of /Contents, zeros of the reserve included. */
export const vriKey = (contents: PdfString): string =>
  createHash('sha1').update(contents.bytes).digest('hex').toUpperCase();

/**
 * Adds validation data to the store, each certificate and answer once, with entries of /VRI for what belongs to one
 * signature: `entries` by `vriKey`. Declares the extension that the store belongs to.
 */
export function addToDss(
  document: PdfDocument,
  update: IncrementalUpdate,
  catalog: PdfDict,
  entries: ReadonlyMap<string, ValidationData>,
): void {
  const store = update.dictIn(catalog, 'DSS');
  store.set('Type', new PdfName('DSS'));
  const refs = new Map<string, PdfRef>();
  const known = (key: string): PdfValue[] => update.arrayIn(store, key);
  for (const [, key] of kinds) {
    for (const item of document.array(store.get(key), `/DSS/${key}`)) {
      const stream = document.resolve(item);
      if (item instanceof PdfRef && stream instanceof PdfStream) {
        refs.set(digest(document.decode(stream, MAX_STREAM)), item);
      }
    }
  }
  const place = (der: Uint8Array, key: string): PdfRef => {
    const hash = digest(der);
    const found = refs.get(hash);
    if (found) return found;
    const ref = update.add(new PdfStream(new Map(), der));
    refs.set(hash, ref);
    known(key).push(ref);
    return ref;
  };
  for (const [key, data] of entries) {
    const entry: PdfDict = new Map();
    for (const [kind, storeKey, entryKey] of kinds) {
      const list = data[kind].map((der) => place(der, storeKey));
      if (list.length > 0) entry.set(entryKey, list);
    }
    if (entry.size > 0) update.dictIn(store, 'VRI').set(key, update.add(entry));
  }
  declareExtension(update, catalog);
}

const digest = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');

/** /Extensions: the ETSI developer extension that the store and document time-stamps came with (clause 5.6). */
function declareExtension(update: IncrementalUpdate, catalog: PdfDict): void {
  const extensions = update.dictIn(catalog, 'Extensions');
  const own = extensions.get('ESIC');
  if (isDict(own) || own instanceof PdfRef) return;
  extensions.set(
    'ESIC',
    new Map<string, PdfValue>([
      ['BaseVersion', new PdfName('1.7')],
      ['ExtensionLevel', 5],
    ]),
  );
}
