/** Moments of validation as people write them, and what time-stamps prove about when something existed. */
import t from 'tap';
import { ARCHIVE_STAMP, SIGNATURE_STAMP, stampNamed, type TimeStampFacts } from '@segl/ades/validation/facts';
import { Proofs } from '@segl/ades/validation/proofs';
import type { StampKind } from '@segl/ades/validation/reports/report';
import { readValidationTime } from '@segl/ades/validation/validation-time';
import { adesProblems } from '@segl/ades/problems';

t.test('a moment with its zone, or the first one of a day', (t) => {
  for (const [text, expected] of [
    ['2026-02-28', '2026-02-28T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-05-04T12:30Z', '2026-05-04T12:30:00.000Z'],
    ['2026-05-04T12:30:15+02:00', '2026-05-04T10:30:15.000Z'],
    ['2026-05-04T12:30:15.1-05:30', '2026-05-04T18:00:15.100Z'],
    ['2026-05-04T12:30:15.123456789Z', '2026-05-04T12:30:15.123Z'],
  ] as const)
    t.equal(readValidationTime(text, 'at').toISOString(), expected, text);
  t.end();
});

t.test('anything else is refused, and told by its beginning', (t) => {
  for (const text of [
    '',
    'now',
    '2026',
    '2026-05',
    '2026-5-4',
    '2026-02-30',
    '2026-02-29',
    '2026-13-01',
    '2026-00-01',
    'x2026-05-04',
    '2026-05-04x',
    '12026-05-04',
    '2026-05-041',
    '2026-05-04T12:30',
    '2026-05-04T12Z',
    '2026-05-04T1:30Z',
    '2026-05-04T12:3Z',
    '2026-05-04T12:30:1Z',
    '2026-05-04T12:30:15.Z',
    '2026-05-04T12:30:15.1234567890Z',
    '2026-05-04T12:30:15.xZ',
    '2026-05-04T12:30ZZ',
    '2026-05-04T12:30+1:00',
    '2026-05-04T12:30+01:0',
    '2026-05-04T12:30*01:00',
    '2026-05-04T25:30Z',
    '2026-05-04T12:60Z',
    '2026-05-04 12:30Z',
    '2026-05-04TT12:30Z',
    '9'.repeat(50),
  ])
    t.throws(
      () => readValidationTime(text, '--at'),
      {
        code: 'BAD_REQUEST',
        params: { why: { code: 'validation/moment', params: { what: '--at', text: text.slice(0, 40) } } },
      },
      text,
    );
  t.end();
});

const at = (day: number): Date => new Date(Date.UTC(2026, 4, day));
const stamp = (
  kind: StampKind,
  day: number,
  covers: readonly string[] = [],
  name = kind,
): TimeStampFacts => ({
  kind,
  name,
  covers: new Set(covers),
  // of what a time-stamp says, the time proves
  stamp: { genTime: at(day) } as NonNullable<TimeStampFacts['stamp']>,
});
const now = at(20);
const validation = { at: now, by: adesProblems.of('proof/validation'), isProven: false };
const by = (name: string, day: number) => ({
  at: at(day),
  by: adesProblems.of('timestamp/named', { name }),
  isProven: true,
});

t.test('without a time-stamp, only the present proves anything', (t) => {
  const proofs = new Proofs({ now });
  t.strictSame(proofs.current, validation);
  t.strictSame(proofs.ofSignature(), validation);
  t.strictSame(proofs.ofData('x'), now);
  t.end();
});

t.test('something around the file proves it, if it is older than the present', (t) => {
  const outside = adesProblems.of('proof/pdf');
  const proofs = new Proofs({ now, proof: { at: at(9), by: outside } });
  t.strictSame(proofs.current, { at: at(9), by: outside, isProven: true });
  t.strictSame(proofs.ofData('x'), at(9));
  for (const day of [20, 21])
    t.strictSame(new Proofs({ now, proof: { at: at(day), by: outside } }).current, validation);
  t.end();
});

t.test('each time-stamp proves what it is over, and the oldest counts', (t) => {
  const proofs = new Proofs({ now });
  proofs.add(stamp('archive', 15, ['a', 'b']));
  t.strictSame(proofs.current, by('archive', 15));
  t.strictSame(proofs.ofSignature(), by('archive', 15));
  proofs.add(stamp('document', 10, ['b', 'c']));
  t.strictSame(proofs.current, by('document', 10));
  proofs.add(stamp('archive', 12, ['c', 'd'], 'archive'));
  t.strictSame(proofs.current, by('document', 10), 'a younger one proves nothing more');
  t.strictSame(['a', 'b', 'c', 'd', 'e'].map(proofs.ofData), [at(15), at(10), at(10), at(12), now]);
  t.end();
});

t.test('the time-stamp of a signature is over the signature alone', (t) => {
  const proofs = new Proofs({ now });
  proofs.add(stamp('signature', 10, ['a']));
  t.strictSame(proofs.current, validation);
  t.strictSame(proofs.ofSignature(), by('signature', 10));
  t.strictSame(proofs.ofData('a'), now);
  proofs.add(stamp('signature', 8));
  proofs.add(stamp('signature', 9));
  t.strictSame(proofs.ofSignature(), by('signature', 8));
  proofs.add(stamp('archive', 5));
  t.strictSame(proofs.ofSignature(), by('archive', 5));
  const late = new Proofs({ now: at(1) });
  late.add(stamp('signature', 2));
  t.strictSame(late.ofSignature().isProven, false, 'one from the future proves nothing');
  t.end();
});

t.test('a time-stamp over validation data proves nothing else', (t) => {
  const proofs = new Proofs({ now });
  proofs.add(stamp('references', 5, ['a']));
  t.strictSame(proofs.current, validation);
  t.strictSame(proofs.ofSignature(), validation);
  t.strictSame(proofs.ofData('a'), now);
  t.end();
});

t.test('time-stamps without a name are told by what they are for', (t) => {
  t.strictSame(stampNamed(SIGNATURE_STAMP), adesProblems.of('timestamp/of-signature'));
  t.strictSame(stampNamed(ARCHIVE_STAMP), adesProblems.of('timestamp/of-archive'));
  t.strictSame(stampNamed('Sig1'), adesProblems.of('timestamp/named', { name: 'Sig1' }));
  t.end();
});
