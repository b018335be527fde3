/** The part of docs/standards/conformance.md about identity evidence. */
import { isAgreed, type Judged } from './compare.ts';

export function evidenceLines(judged: readonly Judged[]): string[] {
  const sound = judged.filter(({ isSound }) => isSound);
  const agreed = judged.filter(isAgreed);
  return [
    '## Identity evidence',
    '',
    'No tool of others knows this evidence. A second judge, in Python, follows the words of its packaging policy and shares no code',
    'with ours; it stands on jwcrypto, rfc8785, cryptography, lxml and cbor2. Both were given what the methods of today leave',
    'behind; then what anybody could make of it who has no keys, with all hashes made again; it with single bits changed, in it',
    'and in what was signed; and what those could write who have keys that are trusted, one broken rule at a time. What is sound',
    'must pass before both, and nothing else before either.',
    '',
    `**${agreed.length} of ${judged.length} were judged so, ${sound.length} of them sound.**`,
    '',
    ...sound.map(({ name }) => `- ${name}`),
  ];
}
