/** Embedded files: the name tree, the associated-files array and the file specifications (ISO 32000-2, 7.11 and 14.13). */
import { createHash } from 'node:crypto';
import type { PdfDocument } from './document.ts';
import { latin1 } from './lexer.ts';
import { PdfName, PdfStream, PdfString, invalidPdf, nameOf } from './objects.ts';
import type { PdfDict, PdfValue } from './objects.ts';
import { dateString, readDateString, readTextString, textString } from './text-string.ts';
import type { IncrementalUpdate } from './update.ts';
import { adesProblems } from '../problems.ts';

/** Bytes of an embedded file, decoded. */
export const MAX_ATTACHMENT = 512 << 20;

export interface Attachment {
  /** File name, shown to the reader. */
  readonly name: string;
  readonly description: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  readonly modified: Date;
}

/** As read back: what the file does not say is absent. */
export interface FoundAttachment {
  readonly name: string;
  readonly description?: string;
  readonly mimeType?: string;
  readonly bytes: Uint8Array;
  readonly modified?: Date;
}

/** The embedded files by key. Throws PDF_INVALID when a key stands twice. */
export function embeddedFiles(document: PdfDocument): Map<string, PdfValue> {
  const names = document.dict(document.catalog.dict.get('Names'), '/Names');
  const entries = new Map<string, PdfValue>();
  for (const [key, value] of document.nameTree(names?.get('EmbeddedFiles'), '/EmbeddedFiles')) {
    if (entries.has(key)) throw invalidPdf(adesProblems.of('pdf/attachment-key-twice'));
    entries.set(key, value);
  }
  return entries;
}

/**
 * Adds attachments to the update. Data are stored, not deflated: packages are mostly base64, where deflate costs
 * more than all signing together. `catalog` is the edited document catalog.
 */
export function addAttachments(
  document: PdfDocument,
  update: IncrementalUpdate,
  catalog: PdfDict,
  attachments: readonly Attachment[],
): void {
  if (attachments.length === 0) return;
  const names = update.dictIn(catalog, 'Names');
  const entries = embeddedFiles(document);
  const associated = update.arrayIn(catalog, 'AF');
  for (const attachment of attachments) {
    const name = freeName(attachment.name, entries);
    const specification = update.add(fileSpecification(attachment, name, update));
    entries.set(keyOf(name), specification);
    associated.push(specification);
  }
  // one flat, sorted leaf: the same entries, whatever shape the tree had
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const tree = update.dictIn(names, 'EmbeddedFiles');
  tree.delete('Kids');
  tree.delete('Limits');
  tree.set(
    'Names',
    sorted.flatMap(([key, value]) => [new PdfString(Buffer.from(key, 'latin1'), true), value]),
  );
}

function keyOf(name: string): string {
  const { bytes } = textString(name);
  return latin1(bytes, 0, bytes.length);
}

/** `a.xml`, or `a (2).xml` when the file has an `a.xml` already. */
function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  let candidate = name;
  for (let number = 2; taken.has(keyOf(candidate)); number++) candidate = `${stem} (${number})${extension}`;
  return candidate;
}

function fileSpecification(attachment: Attachment, name: string, update: IncrementalUpdate): PdfDict {
  const { bytes, description, mimeType, modified } = attachment;
  const parameters: PdfDict = new Map<string, PdfValue>([
    ['Size', bytes.length],
    ['ModDate', dateString(modified)],
    // MD5 as the standard has it: a check against accidents, the signature protects against people
    ['CheckSum', new PdfString(createHash('md5').update(bytes).digest(), true)],
  ]);
  const file = update.add(
    new PdfStream(
      new Map<string, PdfValue>([
        ['Type', new PdfName('EmbeddedFile')],
        ['Subtype', new PdfName(mimeType)],
        ['Params', parameters],
      ]),
      bytes,
    ),
  );
  return new Map<string, PdfValue>([
    ['Type', new PdfName('Filespec')],
    ['F', textString(name)],
    ['UF', textString(name)],
    ['Desc', textString(description)],
    ['AFRelationship', new PdfName('Supplement')],
    [
      'EF',
      new Map<string, PdfValue>([
        ['F', file],
        ['UF', file],
      ]),
    ],
  ]);
}

/**
 * All embedded files of the name tree. Size and checksum must hold where they are given; `limit` bounds the decoded
 * size of each. Throws PDF_INVALID.
 */
export function readAttachments(document: PdfDocument, limit = MAX_ATTACHMENT): FoundAttachment[] {
  const found: FoundAttachment[] = [];
  for (const [key, value] of embeddedFiles(document)) {
    const specification = document.dict(value, '/Filespec');
    if (!specification) throw invalidPdf(adesProblems.of('pdf/attachment-missing'));
    found.push(readFile(document, key, specification, limit));
  }
  return found;
}

function readFile(
  document: PdfDocument,
  key: string,
  specification: PdfDict,
  limit: number,
): FoundAttachment {
  const text = (field: string): string | undefined => {
    const value = document.resolve(specification.get(field));
    return value instanceof PdfString ? readTextString(value) : undefined;
  };
  const name = text('UF') ?? text('F') ?? readTextString(new PdfString(Buffer.from(key, 'latin1')));
  const files = document.dict(specification.get('EF'), '/EF');
  const stream = document.resolve(files?.get('UF') ?? files?.get('F'));
  if (!(stream instanceof PdfStream)) throw invalidPdf(adesProblems.of('pdf/attachment-no-data'));
  const bytes = document.decode(stream, limit);

  const parameters = document.dict(stream.dict.get('Params'), '/Params');
  const size = document.resolve(parameters?.get('Size'));
  if (size !== null && size !== bytes.length) throw invalidPdf(adesProblems.of('pdf/attachment-size'));
  const checksum = document.resolve(parameters?.get('CheckSum'));
  if (checksum instanceof PdfString && !createHash('md5').update(bytes).digest().equals(checksum.bytes)) {
    throw invalidPdf(adesProblems.of('pdf/attachment-checksum'));
  }
  const date = document.resolve(parameters?.get('ModDate'));
  const modified = date instanceof PdfString ? readDateString(date) : undefined;
  const description = text('Desc');
  const mimeType = nameOf(document.resolve(stream.dict.get('Subtype')));
  return {
    name,
    bytes,
    ...(description !== undefined && { description }),
    ...(mimeType !== undefined && { mimeType }),
    ...(modified !== undefined && { modified }),
  };
}
