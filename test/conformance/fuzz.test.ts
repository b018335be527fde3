/** Damaged and hostile files end in a result or a typed error, within 2 s of the processor and 512 MB. */
import t from 'tap';
import { fuzz } from '../../conformance/fuzz/fuzz.ts';
import { hostile, type Kind } from '../../conformance/fuzz/readers.ts';

/** Cases of each kind; the long form, with every hostile file, is `SEGL_FUZZ=5000`. */
const COUNT = Number(process.env['SEGL_FUZZ'] ?? 50);
/** Each hostile file is read in a process of its own, which takes seconds: the short form takes one of so many. */
const STRIDE = process.env['SEGL_FUZZ'] === undefined ? 18 : 1;

for (const kind of ['xml', 'der', 'pdf']) {
  t.test(`damaged ${kind}`, async (t) => {
    const { problems, cases, slowestMs, peakMb } = await fuzz(
      'damaged',
      kind,
      '20261121',
      '0',
      String(COUNT),
    );
    t.strictSame(problems, []);
    t.equal(cases, COUNT);
    t.comment(`slowest ${slowestMs} ms, ${peakMb} MB`);
  });
}

for (const kind of Object.keys(hostile) as Kind[]) {
  for (const name of Object.keys(hostile[kind]).filter((_, index) => index % STRIDE === 0)) {
    t.test(`${kind}: ${name}`, async (t) => {
      const { problems, cases, slowestMs, peakMb } = await fuzz('hostile', kind, name);
      t.strictSame(problems, []);
      t.equal(cases, 1);
      t.comment(`slowest ${slowestMs} ms, ${peakMb} MB`);
    });
  }
}
