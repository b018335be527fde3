/** Links of a chain in evidence: which stand for a signature, which only for themselves, and what belongs to another act. */
import t from 'tap';
import { INK, isChain, methodLinks } from '@segl/identity/chain';
import { chainProblem, LINK, previousLinkProblem } from '@segl/identity/evidence/identity/chain';
import { sha256Hex, shortCode } from '@segl/identity/evidence/identity/commitment';
import { IDENTITY_EVIDENCE, type IdentityEvidence } from '@segl/identity/evidence/identity/content';
import { judgeIdentityEvidence } from '@segl/identity/evidence/identity/judge';
import { carried } from '@segl/identity/evidence/identity/write';
import { evidenceOf, parsed, told } from '../../../support/signatures/identity-evidence.ts';

const [FIRST, OWN] = ['code', 'example-sign'] as const;
const LINKS = [FIRST, OWN];
const whole = parsed(evidenceOf());
const before = Buffer.from('the evidence before');
const PREVIOUS = { role: LINK, mediaType: IDENTITY_EVIDENCE.mimeType, ...carried(before) };

type Chain = NonNullable<IdentityEvidence['commitment']['chain']>;

/** The second of two links, as it should be. */
const linked = (chain: Partial<Chain> = {}, proofs = [PREVIOUS], more: Partial<IdentityEvidence> = {}) => ({
  ...whole,
  commitment: {
    ...whole.commitment,
    chain: { name: 'both', links: LINKS, link: 2, previous: sha256Hex(before), ...chain },
  },
  proofs: [...whole.proofs, ...proofs],
  ...more,
});
/** The first of two. */
const first = (more: Partial<Chain> = {}) => {
  const { commitment, ...evidence } = linked({ links: [OWN, 'other'], link: 1, ...more }, []);
  const { previous: _, ...chain } = commitment.chain!;
  return { ...evidence, commitment: { ...commitment, chain: { ...chain, ...more } } };
};
type Told = Parameters<typeof chainProblem>[1];
const problemOf = (evidence: IdentityEvidence, told: Told = {}): string | undefined => {
  const problem = chainProblem(evidence, told);
  return problem && [problem.code, (problem.params as { link?: string }).link].filter(Boolean).join(' ');
};

t.test('the last link of a chain is a signature, with all before it', (t) => {
  t.equal(problemOf(linked()), undefined);
  t.equal(problemOf(whole), undefined, 'nor is one that is of no chain anything else');
  t.equal(problemOf(linked({}, [])), 'chain/link-missing code', 'the one before is not there');
  t.equal(problemOf(linked({}, [PREVIOUS, PREVIOUS])), 'chain/link-missing code', 'twice');
  t.equal(problemOf(linked({ previous: sha256Hex('x') })), 'chain/link-missing code', 'another');
  t.equal(problemOf(linked({}, [{ ...PREVIOUS, role: 'other' }])), 'chain/link-missing code');
  t.equal(problemOf(linked({ links: [FIRST, 'other'] })), 'chain/other-method', 'made by another method');
  t.equal(problemOf(linked({ links: [OWN, FIRST] })), 'chain/other-method', 'at another place');
  t.equal(problemOf(linked({}, [PREVIOUS], { purpose: 'log-on' })), 'chain/other-method', 'nothing signed');
  t.end();
});

t.test('an unfinished chain is no signature', (t) => {
  t.equal(problemOf(first()), 'chain/link-missing other');
  t.equal(problemOf(first(), { isLink: true }), undefined, 'but one link');
  t.equal(problemOf(linked({ links: [...LINKS, 'third'] })), 'chain/link-missing third');
  t.equal(problemOf(linked({ links: [...LINKS, 'third'] }), { isLink: true }), undefined);
  t.equal(
    problemOf(first({ previous: sha256Hex(before) }), { isLink: true }),
    'chain/link-missing example-sign',
  );
  const { proofs } = linked();
  t.equal(
    problemOf({ ...first(), proofs }, { isLink: true }),
    'chain/link-missing example-sign',
    'before the first',
  );
  t.end();
});

t.test('with a drawing as the last link, it ends when that is drawn', (t) => {
  const open = linked({ links: [...LINKS, INK] });
  const received = new Date(whole.times.received).getTime();
  const missing = `chain/link-missing ${INK}`;
  t.equal(problemOf(open), missing);
  t.equal(problemOf(open, { handwritten: new Date(received - 1) }), missing, 'drawn before');
  t.equal(problemOf(open, { handwritten: new Date(received) }), undefined);
  t.equal(problemOf(open, { isLink: true }), undefined);
  const more = linked({ links: [...LINKS, 'third', INK] });
  t.equal(problemOf(more, { handwritten: new Date(received) }), 'chain/link-missing third');
  t.end();
});

t.test('what was never a link is none', (t) => {
  t.equal(problemOf(whole, { isLink: true }), 'chain/not-asked');
  t.equal(problemOf({ ...whole, proofs: [...whole.proofs, PREVIOUS] }), 'chain/not-asked');
  t.end();
});

t.test('the link before is of the same act, and was there when this one began', (t) => {
  const outer = linked({ links: LINKS }).commitment;
  const inner = linked({ link: 1 }, [], {
    times: { ...whole.times, received: outer.created },
  });
  const about = (change: Partial<IdentityEvidence['commitment']>, more: Partial<IdentityEvidence> = {}) =>
    previousLinkProblem({ ...inner, ...more, commitment: { ...inner.commitment, ...change } }, outer)?.code;
  const other = 'chain/other-act';
  const { documents } = inner.commitment;
  const chain = inner.commitment.chain!;
  t.equal(about({}), undefined);
  t.equal(about({ salt: 'A'.repeat(43) }), undefined, 'each has its own salt');
  t.equal(about({ service: 'other' }), other);
  t.equal(about({ task: '0'.repeat(64) }), other, 'of another visit');
  t.equal(about({ documents: [] }), other);
  t.equal(about({ documents: documents.map((one) => ({ ...one, sha256: '0'.repeat(64) })) }), other);
  t.equal(about({ chain: { ...chain, name: 'other' } }), other);
  t.equal(about({ chain: { ...chain, links: [...LINKS].reverse() } }), other);
  t.equal(about({ chain: { ...chain, link: 2 } }), other, 'itself');
  const later = new Date(new Date(outer.created).getTime() + 1).toISOString();
  t.equal(about({}, { times: { ...inner.times, received: later } }), other, 'made after this one began');
  t.equal(about({}, { form: 'reduced' }), other, 'without its proofs');
  t.end();
});

t.test('evidence with a link of another act in it fails, whatever that link is worth', (t) => {
  const chain = { name: 'both', links: ['other', OWN] };
  const inner = (task: string) =>
    evidenceOf({
      change: (content) => {
        const commitment = { ...content.commitment, task, chain: { ...chain, link: 1 } };
        return {
          ...content,
          commitment,
          intent: { ...content.intent, code: shortCode(commitment) },
          times: { ...content.times, received: content.times.started },
        };
      },
    });
  const found = (task: string) => {
    const before = inner(task);
    const outer = parsed(
      evidenceOf({
        change: (content) => ({
          ...content,
          commitment: { ...content.commitment, chain: { ...chain, link: 2, previous: sha256Hex(before) } },
          proofs: [...content.proofs, { ...PREVIOUS, ...carried(before) }],
        }),
      }),
    );
    const link = judgeIdentityEvidence(outer, told).findings.find(({ check }) => check === LINK);
    return [link?.outcome, link?.problem?.code].filter(Boolean).join(' ');
  };
  t.equal(found(whole.commitment.task), 'passed');
  t.equal(found('0'.repeat(64)), 'failed chain/other-act');
  t.end();
});

t.test('what is a chain', (t) => {
  for (const links of [
    ['a', 'b'],
    ['a', INK],
    ['a', 'b', 'c', 'd'],
    ['a', 'b', 'c', INK],
  ])
    t.ok(isChain(links), links.join());
  for (const links of [
    undefined,
    'ab',
    [],
    ['a'],
    [INK],
    ['a', 'a'],
    [INK, 'a'],
    ['a', ''],
    ['a', 1],
    ['a', 'b', 'c', 'd', 'e'],
  ])
    t.notOk(isChain(links), JSON.stringify(links));
  t.same(methodLinks(['a', 'b', INK]), ['a', 'b']);
  t.end();
});
