/**
 * Not one byte of what is signed can change: neither of SignedInfo, nor of the signature value, nor of the signed object.
 * A change of white space that XML itself does not see (a space between attributes for a line end) may pass, if what is
 * read stays the same to the last byte.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { isSeglError } from '@segl/problem/errors';
import { readNativeMessage, type NativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { filesIn, vector } from '../../../support/signatures/vectors.ts';
import { base64, hidden, usual, writeMessage } from './native-kit.ts';
import { SWEEPS_ALL } from '../../../support/sweep.ts';

/** Every bit once, and what turns one kind of white space into another. */
const ALL_MASKS = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x07, 0x2a, 0x03, 0x29];
const WHITE = new Set([0x09, 0x0a, 0x0d, 0x20]);

function read(bytes: Uint8Array): NativeMessage | undefined {
  try {
    return readNativeMessage(bytes);
  } catch (error) {
    if (isSeglError(error, 'NATIVE_SIGNATURE_REFUSED')) return undefined;
    throw error;
  }
}

/** Everything that is made of a message, to compare. */
const content = ({ properties, objects, leaf, signatureAlgorithm }: NativeMessage): string =>
  JSON.stringify([
    [...properties].map(([key, { name, value, visible }]) => [key, name, base64(value), visible]),
    objects.map((object) => ({ ...object, bytes: base64(object.bytes) })),
    leaf.fingerprint,
    signatureAlgorithm,
  ]);

/** Changes each byte of the signed parts, and tells which changes were accepted with another content. */
function sweep(message: Uint8Array, masksAt: (offset: number) => readonly number[]) {
  const original = content(readNativeMessage(message));
  const bytes = Buffer.from(message);
  const survivors: string[] = [];
  let changes = 0;
  for (const name of ['ds:SignedInfo', 'ds:SignatureValue', 'ds:Object']) {
    const start = bytes.indexOf(`<${name}`);
    const end = bytes.lastIndexOf(`</${name}>`) + name.length + 3;
    for (let at = start; at < end; at++) {
      for (const mask of masksAt(at)) {
        const before = bytes[at]!;
        const after = before ^ mask;
        bytes[at] = after;
        const changed = read(bytes);
        bytes[at] = before;
        changes++;
        const blank = WHITE.has(before) && WHITE.has(after);
        if (changed && !(blank && content(changed) === original)) survivors.push(`${name} ${at} ^ ${mask}`);
      }
    }
  }
  return { changes, survivors };
}

t.test('every bit of a message that was made here', async (t) => {
  const message = writeMessage({
    properties: [usual[0]!, hidden('action', 'sign')],
    references: [{ uri: '#ToBeSigned' }, { uri: '#signText' }],
    objects: `<ds:Object Id="signText" Encoding="base64" MimeType="application/pdf">${base64('%PDF-1.7')}</ds:Object>`,
  });
  const { changes, survivors } = sweep(message, (at) => (SWEEPS_ALL ? ALL_MASKS : [ALL_MASKS[at % 8]!]));
  t.strictSame(survivors, []);
  t.ok(changes > (SWEEPS_ALL ? 15_000 : 1_500), `${changes} changes`);
});

t.test('every byte of the real messages', async (t) => {
  const folder = vector(t, 'nemid', 'signatures');
  if (!folder) return;
  const files = filesIn(folder).filter(({ name }) => name.endsWith('.xml'));
  t.ok(files.length >= 4);
  for (const { name } of files) {
    const message = readFileSync(join(folder, name));
    // one bit of each byte, another one at the next: what a single bit can do was tried above
    const { changes, survivors } = sweep(message, (at) => [ALL_MASKS[at % 8]!]);
    t.strictSame(survivors, [], `${name}: ${changes} changes`);
    t.ok(changes > 1700);
  }
});
