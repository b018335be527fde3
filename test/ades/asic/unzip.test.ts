/** ZIP files as they come: those of others, and those that were made to mislead. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { MAX_NAME, MAX_UNPACKED, MAX_ZIP_ENTRIES, readZip } from '@segl/ades/asic/unzip';
import { writeZip, type ZipEntry } from '@segl/ades/asic/zip';
import { run, tool } from '../../support/tools.ts';

const file = (name: string, content = name): ZipEntry => ({ name, bytes: Buffer.from(content) });
const names = (zip: Uint8Array): string[] => readZip(zip).map(({ name }) => name);
const ZIP = writeZip([file('mimetype', 'x'), file('a/b.txt', 'hello')]);

/** A copy with another number at `at`; negative: from the end. */
function edited(at: number, value: number, width: 2 | 4 = 4, zip = ZIP): Buffer {
  const copy = Buffer.from(zip);
  copy.writeUIntLE(value, at < 0 ? copy.length + at : at, width);
  return copy;
}

t.test('what we write, and what others pack', async (t) => {
  t.same(
    readZip(ZIP).map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]),
    [
      ['mimetype', 'x'],
      ['a/b.txt', 'hello'],
    ],
  );
  const python = tool(t, 'python3');
  if (!python) return;
  const folder = mkdtempSync(join(tmpdir(), 'segl-zip-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const out = join(folder, 'out.zip');
  const script = join(folder, 'pack.py');
  writeFileSync(
    script,
    `import zipfile
with zipfile.ZipFile(${JSON.stringify(out)}, 'w', zipfile.ZIP_DEFLATED) as z:
    z.writestr('mimetype', 'x', zipfile.ZIP_STORED)
    z.writestr('æøå/', '')
    z.writestr('æøå/long.txt', 'A' * 100000)
`,
  );
  t.equal(run(python, [script]).code, 0);
  const [, long, ...more] = readZip(readFileSync(out));
  t.same(more, []);
  t.equal(long?.name, 'æøå/long.txt');
  t.equal(long?.bytes.length, 100_000);
});

t.test('what is stored as it is may be as large as the file', (t) => {
  const large = { name: 'large', bytes: Buffer.alloc(MAX_UNPACKED + 1) };
  t.equal(readZip(writeZip([large]))[0]?.bytes.length, MAX_UNPACKED + 1);
  t.end();
});

t.test('hostile containers', async (t) => {
  const central = ZIP.length - 22 - (46 + 8) - (46 + 7);
  const hostile: [string, Uint8Array, RegExp][] = [
    ['no directory', Buffer.from('PK\x03\x04'), /directory is not there/],
    ['cut off', ZIP.subarray(0, -1), /directory is not there/],
    ['something behind it', Buffer.concat([ZIP, Buffer.from('x')]), /follows its directory/],
    ['something before it', Buffer.concat([Buffer.from('x'), ZIP]), /directory is not where/],
    ['overlapping entries', edited(-22 - (46 + 7) + 42, 0), /overlap|hidden/],
    ['a size that lies', edited(central + 24, 0xffff_fff0), /damaged/],
    [
      'a size that is too much, compressed',
      edited(8, 8, 2, edited(central + 10, 8, 2, edited(central + 24, MAX_UNPACKED + 1))),
      /unpacks to more/,
    ],
    ['a digest that lies', edited(central + 16, 1), /damaged/],
    ['an unknown method', edited(8, 12, 2, edited(central + 10, 12, 2)), /packed in a way/],
    ['encrypted', edited(central + 8, 1, 2), /encrypted/],
    ['other things of itself', edited(8, 8, 2), /other things of itself/],
    ['a path that leaves', writeZip([file('../x')]), /not a plain path/],
    ['an absolute path', writeZip([file('/etc/x')]), /not a plain path/],
    ['a path of another system', writeZip([file('a\\b')]), /not a plain path/],
    ['a name twice', writeZip([file('a'), file('A')]), /occurs twice/],
    ['a long name', writeZip([file('n'.repeat(MAX_NAME + 1))]), /more than 512 bytes/],
    [
      'too many files',
      writeZip(Array.from({ length: MAX_ZIP_ENTRIES + 1 }, (_, index) => file(String(index), ''))),
      /more than 2000 entries/,
    ],
  ];
  for (const [what, zip, why] of hostile) {
    t.throws(() => readZip(zip), { code: 'ASIC_INVALID', message: why }, what);
  }
  t.ok(MAX_UNPACKED < 2 ** 31);
  t.equal(
    names(writeZip(Array.from({ length: MAX_ZIP_ENTRIES }, (_, i) => file(String(i), '')))).length,
    MAX_ZIP_ENTRIES,
  );
  for (let at = 0; at < ZIP.length; at++) {
    const copy = Buffer.from(ZIP);
    copy[at]! ^= 0xff;
    try {
      readZip(copy);
    } catch (error) {
      t.equal((error as { code?: string }).code, 'ASIC_INVALID', `byte ${at}: a typed error`);
    }
  }
});
