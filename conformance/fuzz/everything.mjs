// The long form of the fuzz test: every hostile file, and many damaged ones of each kind.
const { fuzz } = await import('../../dist/conformance/fuzz/fuzz.js');
const { hostile } = await import('../../dist/conformance/fuzz/readers.js');

const DAMAGED = '1000';

/** Reads them all, and tells of each file that it has read with `say`; gives how many were read, and how many badly. */
export async function fuzzEverything(say) {
  const kinds = Object.entries(hostile);
  const jobs = [
    ...kinds.map(([kind]) => ['damaged', kind, '20261121', '0', DAMAGED]),
    ...kinds.flatMap(([kind, files]) => Object.keys(files).map((name) => ['hostile', kind, name])),
  ];
  let [read, bad] = [0, 0];
  for (const job of jobs) {
    const { problems, cases, slowestMs, peakMb } = await fuzz(...job);
    read += cases;
    bad += problems.length;
    say(
      `${problems.length === 0 ? 'read  ' : 'NOT OK'} ${job.slice(0, 3).join(', ')}: ${slowestMs} ms, ${peakMb} MB`,
    );
    for (const problem of problems) say(`         ${problem}`);
  }
  return { read, bad };
}
