/**
 * Universal signature forgery, incremental saving and signature wrapping (Mladenov, Mainka et al., "1 Trillion Dollar
 * Refund", CCS 2019): what anybody can do to a sealed PDF with an editor.
 */
import { CHANGED, edited, FORMAT, HASH, type Attack } from './attack.ts';
import { addField, At, signatureField, updated, type PdfSource } from './pdf-source.ts';
import { PdfDocument } from '@segl/ades/pdf/document';
import { PdfName, PdfRef, PdfStream, type PdfValue } from '@segl/ades/pdf/objects';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

/** The same length, so that every offset stays what it was. */
const overwritten = (text: string, find: RegExp, replace: string): string =>
  edited(text, find, replace.padEnd(find.exec(text)?.[0].length ?? 0));

const byteRange = /\/ByteRange \[[^\]]*\]/;
const contents = /\/Contents <[0-9a-f]*>/;

export const evilStream = (text = 'BT /F1 20 Tf 20 200 Td (Pay 9999) Tj ET'): PdfStream =>
  new PdfStream(new Map(), Buffer.from(text));

/** The signature is made such that a careless reader finds nothing to verify. */
export async function universalForgery(source: PdfSource): Promise<Attack[]> {
  const text = edited(latin1(await source.sealed('T')), '(Pay 100)', '(Pay 900)');
  const [, first, next, rest] = /\/ByteRange \[0 (\d+) (\d+) (\d+)/.exec(text)!.map(Number);
  const range = (value: string) => overwritten(text, byteRange, `/ByteRange ${value}`);
  const hole = (value: string) => overwritten(text, contents, `/Contents ${value}`);
  const cases: Readonly<Record<string, readonly [string, ...string[]]>> = {
    'no /Contents': [overwritten(text, contents, ''), FORMAT],
    '/Contents is null': [hole('null'), FORMAT],
    '/Contents is empty': [hole('<>'), FORMAT],
    '/Contents is a literal string': [hole('()'), FORMAT],
    '/Contents is a single zero byte': [hole('<00>'), FORMAT],
    '/Contents is nothing but zeros': [
      edited(text, contents, `/Contents <${'0'.repeat(next! - first! - 2)}>`),
      FORMAT,
      HASH,
    ],
    '/Contents is a reference': [hole('4 0 R'), FORMAT],
    '/Contents has white space': [edited(text, '/Contents <30', '/Contents < 3'), FORMAT],
    'no /ByteRange': [overwritten(text, byteRange, ''), FORMAT],
    '/ByteRange is null': [range('null'), FORMAT],
    '/ByteRange is empty': [range('[]'), FORMAT],
    '/ByteRange is four zeros': [range('[0 0 0 0]'), FORMAT],
    '/ByteRange has three numbers': [range(`[0 ${first} ${next}]`), FORMAT],
    '/ByteRange has six numbers': [range(`[0 9 9 9 9 9]`), FORMAT],
    '/ByteRange has a negative length': [range(`[0 ${first} ${next} -1]`), FORMAT],
    '/ByteRange starts before the file': [range(`[-9 ${first} ${next} ${rest}]`), FORMAT],
    '/ByteRange is of fractions': [range(`[0 ${first}.5 ${next} 9]`), FORMAT],
    '/ByteRange overlaps itself': [range(`[0 ${next} ${first} ${rest}]`), FORMAT],
    '/ByteRange goes beyond the file': [range(`[0 ${first} ${next} ${rest! + 9}]`), FORMAT],
    'no /SubFilter': [overwritten(text, /\/SubFilter \/ETSI.CAdES.detached/, ''), FORMAT],
    'a /SubFilter that nobody knows': [
      overwritten(text, /\/SubFilter \/ETSI.CAdES.detached/, '/SubFilter /none'),
      FORMAT,
    ],
    'the field has no /V': [overwritten(text, /\/V \d+ 0 R(?=\n\/F )/, ''), FORMAT],
    'the signature is an array': [overwritten(text, /\/V \d+ 0 R(?=\n\/F )/, '/V []'), FORMAT],
    'the signature is another object': [overwritten(text, /\/V \d+ 0 R(?=\n\/F )/, '/V 4 0 R'), FORMAT],
    'the content is changed': [text, HASH],
  };
  return Object.entries(cases).map(([name, [changed, ...expected]]) => ({
    family: 'PDF, universal forgery',
    name,
    bytes: bytesOf(changed),
    expected,
  }));
}

/** Something is saved behind the seal. */
export async function incrementalSaving(source: PdfSource): Promise<Attack[]> {
  const sealed = await source.sealed('T');
  const append = (text: string): Buffer => Buffer.concat([sealed, bytesOf(text)]);
  const evil = '4 0 obj\n<</Length 33>>\nstream\nBT /F1 20 Tf 20 200 Td (9999) Tj ET\nendstream\nendobj\n';
  const start = PdfDocument.open(sealed).xref.offset;
  const doctored = updated(sealed, (update) => update.put(new PdfRef(At.content), evilStream()));
  const signature = (document: PdfDocument): PdfValue => {
    const form = document.dict(document.catalog.dict.get('AcroForm'), '/AcroForm')!;
    const fields = document.array(form.get('Fields'), '/Fields');
    return document.dict(fields.at(-1), 'the seal')!.get('V')!;
  };
  const copied = updated(sealed, (update, document) => {
    update.put(new PdfRef(At.content), evilStream());
    update.put(signature(document) as PdfRef, document.resolve(signature(document)));
  });
  const anotherName = updated(sealed, (update, document) => {
    update.put(new PdfRef(At.content), evilStream());
    addField(
      update,
      update.editDict(document.catalog.ref),
      signatureField('copy', [0, 0, 0, 0], signature(document)),
    );
  });
  const cases: Readonly<Record<string, readonly [Buffer, ...string[]]>> = {
    'a changed object without a cross-reference': [append(evil), FORMAT],
    'a changed object, and the old cross-reference again': [
      append(`${evil}startxref\n${start}\n%%EOF\n`),
      CHANGED,
    ],
    'a changed object, and a trailer without cross-reference': [
      append(`${evil}trailer\n<</Size 30 /Root 1 0 R /Prev ${start}>>\nstartxref\n0\n%%EOF\n`),
      FORMAT,
    ],
    'an update with other content': [doctored, CHANGED],
    'an update with other content and a copy of the signature': [copied, CHANGED],
    'an update with other content and a second field with the same signature': [anotherName, CHANGED],
    'an update with another document catalog': [
      Buffer.from(
        edited(
          latin1(updated(sealed, (update, { catalog }) => update.put(new PdfRef(30), new Map(catalog.dict)))),
          /\/Root 1 0 R(?![^]*\/Root)/,
          '/Root 30 0 R',
        ),
        'latin1',
      ),
      CHANGED,
    ],
    'an update with another page tree': [
      updated(sealed, (update, document) =>
        update.editDict(document.catalog.ref).set('Pages', new PdfRef(At.hiddenPages)),
      ),
      CHANGED,
    ],
    'an update with a script that runs on opening': [
      updated(sealed, (update, document) =>
        update.editDict(document.catalog.ref).set('OpenAction', new Map([['S', new PdfName('JavaScript')]])),
      ),
      CHANGED,
    ],
    'a comment behind the end': [append('% Pay 9999\n'), CHANGED],
  };
  return Object.entries(cases).map(([name, [bytes, ...expected]]) => ({
    family: 'PDF, incremental saving',
    name,
    bytes,
    expected,
  }));
}

/** What was signed is moved within the file, to make room for something else. */
export async function wrapping(source: PdfSource): Promise<Attack[]> {
  const sealed = await source.sealed('T');
  const text = latin1(sealed);
  const [, first, next, rest] = /\/ByteRange \[0 (\d+) (\d+) (\d+)/.exec(text)!.map(Number);
  const [head, hole, tail] = [text.slice(0, first), text.slice(first, next), text.slice(next)];
  const oldStart = PdfDocument.open(sealed).xref.offset;
  const evil = (at: number): string => {
    const object = `${At.content} 0 obj\n<</Length 22>>\nstream\n(Pay 9999) Tj         \nendstream\nendobj\n`;
    const section = `xref\n${At.content} 1\n${String(at).padStart(10, '0')} 00000 n \ntrailer\n<</Size 30 /Root 1 0 R /Prev ${oldStart}>>\nstartxref\n${at + object.length}\n%%EOF\n`;
    return object + section;
  };
  const range = (...values: number[]): string =>
    overwritten(head, byteRange, `/ByteRange [${values.join(' ')}]`);
  const moved = (filling: string): string =>
    range(0, first!, next! + filling.length, rest!) + hole + filling + tail;
  const behind = evil(next!);
  const cases: Readonly<Record<string, readonly [string, ...string[]]>> = {
    'objects between /Contents and what follows': [moved(behind), FORMAT],
    'objects behind /Contents, the range stretched over them': [
      range(0, first!, next!, rest! + behind.length) + hole + behind + tail,
      HASH,
      FORMAT,
    ],
    'white space behind /Contents': [moved('\n'.repeat(200)), FORMAT],
    'a second /Contents in the gap': [moved('/Contents <00>'), FORMAT],
    'a second /ByteRange in the gap': [
      range(0, 9, 19, 9) + hole + `/ByteRange [0 ${first} ${next} ${rest}]` + tail,
      FORMAT,
      HASH,
    ],
    'the gap begins before /Contents': [
      overwritten(text, byteRange, `/ByteRange [0 ${first! - 10} ${next} ${rest}]`),
      FORMAT,
    ],
    'the gap ends behind /Contents': [
      overwritten(text, byteRange, `/ByteRange [0 ${first} ${next! + 10} ${rest! - 10}]`),
      FORMAT,
    ],
    'the range ends before the file does, with objects behind': [text + evil(text.length), CHANGED],
    'the first range ends where evil objects start': [
      evil(0) + range(evil(0).length, first!, next!, rest!) + hole + tail,
      FORMAT,
    ],
    'what was signed, after a header of its own': [`%PDF-1.7\n${evil(9)}${text}`, FORMAT],
    'the hexadecimal digits of /Contents carry objects': [
      head + `${hole.slice(0, -600)}>${evil(first! + hole.length - 599).padEnd(598)}>` + tail,
      FORMAT,
    ],
  };
  return Object.entries(cases).map(([name, [changed, ...expected]]) => ({
    family: 'PDF, wrapping',
    name,
    bytes: bytesOf(changed),
    expected,
  }));
}
