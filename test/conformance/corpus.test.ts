/** The corpus in short, without the makers: how it breaks files, pairs judgements, and holds differences to explanations. */
import t from 'tap';
import {
  attachedFaults,
  cmsFaults,
  stampedFaults as cmsStamped,
  replaced,
} from '../../conformance/corpus/break-cms.ts';
import { longTermFaults as pdfLongTerm, pdfFaults, withCms } from '../../conformance/corpus/break-pdf.ts';
import {
  envelopingFaults,
  stampedFaults as xmlStamped,
  xmlFaults,
} from '../../conformance/corpus/break-xml.ts';
import { paired, type Pair } from '../../conformance/corpus/compare.ts';
import { differencesOf, explain, type Difference } from '../../conformance/corpus/differences.ts';
import { knownDifferences } from '../../conformance/corpus/known.ts';
import type { Specimen } from '../../conformance/corpus/specimen.ts';
import { readSignedData } from '@segl/pki/cms/cms-signed-data';
import { readPades } from '@segl/ades/pades/read';
import { concluded, createFiles } from '../support/signatures/validation.ts';

const files = createFiles();
const told = async (bytes: Uint8Array, content?: Uint8Array): Promise<string> =>
  concluded((await files.validate(bytes, { online: true, ...(content && { content }) })).report);

const HASH = 'TOTAL-FAILED/HASH_FAILURE';
const VALUE = 'TOTAL-FAILED/SIG_CRYPTO_FAILURE';
const FORMAT = 'TOTAL-FAILED/FORMAT_FAILURE';
const NO_SIGNER = 'INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND';
const NO_DATA = 'INDETERMINATE/SIGNED_DATA_NOT_FOUND';
const CONSTRAINTS = 'INDETERMINATE/SIG_CONSTRAINTS_FAILURE';
const PASSED = 'TOTAL-PASSED';

t.test('a broken XML signature is judged by what was broken', async (t) => {
  const other = files.world.signer('P-256', 'Somebody else');
  const [own, another] = [await files.xades('T'), await files.xades('T', 'P-256', other)].map(String);
  const expected: Readonly<Record<string, string>> = {
    'the signature value changed': VALUE,
    'the signature value of another': VALUE,
    'the first digest changed': HASH,
    'the signing time changed': HASH,
    'without KeyInfo': NO_SIGNER,
    'the certificate of another': NO_SIGNER,
    'without its signed properties': NO_DATA,
    'the end cut off': FORMAT,
    'a comment in SignedInfo': PASSED,
    'the document changed': HASH,
    'the time-stamp of another': CONSTRAINTS,
  };
  t.equal(await told(Buffer.from(own!)), PASSED);
  for (const [what, fault] of Object.entries({ ...xmlFaults, ...envelopingFaults, ...xmlStamped })) {
    if (what in expected) t.equal(await told(Buffer.from(fault(own!, another!))), expected[what], what);
  }
});

t.test('a broken CMS in a PDF, and a changed PDF', async (t) => {
  const other = files.world.signer('P-256', 'Somebody else');
  const [own, another] = [await files.pades('T'), await files.pades('T', other)];
  const expected: Readonly<Record<string, string>> = {
    'the signature value changed': VALUE,
    'the signature value of another': VALUE,
    'the message digest changed': HASH,
    'the certificate that it names changed': VALUE,
    'without its certificate': NO_SIGNER,
    'the certificate of another': NO_SIGNER,
    'the time-stamp of another': CONSTRAINTS,
    'the signature of the time-stamp changed': CONSTRAINTS,
    'without its unsigned attributes': PASSED,
  };
  for (const [what, fault] of Object.entries({ ...cmsFaults, ...cmsStamped })) {
    t.equal(await told(withCms(own, another, fault)), expected[what], what);
  }
  for (const [what, fault] of Object.entries(pdfFaults)) {
    const right = /^a (signed byte|byte range)/.test(what)
      ? HASH
      : what === 'metadata behind it'
        ? PASSED
        : FORMAT;
    t.equal(await told(fault(own)), right, what);
  }
  const lt = await files.pades('LT');
  const emptied = pdfLongTerm['its validation data taken out by an update']!(lt);
  t.equal(concluded((await files.validate(emptied)).report), 'INDETERMINATE/TRY_LATER');
});

t.test('what is replaced in a CMS has lengths that fit, and what is not there cannot be', async (t) => {
  const pdf = await files.pades('B');
  const der = readPades(pdf).signatures[0]!.signed!.contents;
  const { signer, certificate } = readSignedData(der);
  t.ok(signer.signature.length > 0);
  t.throws(() => readSignedData(replaced(der, [certificate.der, undefined])));
  t.throws(() => replaced(der, [Buffer.from('nothing'), undefined]), /nothing to replace/);
  t.ok(attachedFaults['the content changed']);
});

const specimen = {
  name: 'PAdES-T, pyHanko; a thing',
  format: 'PAdES',
  maker: 'pyHanko',
  bytes: Buffer.of(),
  signers: [],
} as Specimen;
const said = (name: string, indication: string, subIndication?: string, level?: string) => ({
  name,
  indication,
  reason: '',
  ...(subIndication !== undefined && { subIndication }),
  ...(level !== undefined && { level }),
});

t.test('signatures are paired by name, else in order; nothing is left out', (t) => {
  const names = (pairs: readonly Pair[]) =>
    pairs.map(({ theirs, ours }) => [theirs.indication, ours.indication]);
  const pairs = (theirs: ReturnType<typeof said>[], ours: ReturnType<typeof said>[]) =>
    names(paired(specimen, 'EU DSS', theirs, ours));
  t.same(pairs([said('a', '1'), said('b', '2')], [said('b', '3'), said('a', '4')]), [
    ['1', '4'],
    ['2', '3'],
  ]);
  t.same(pairs([said('', '1')], [said('', '2')]), [['1', '2']]);
  t.same(pairs([said('a', '1')], []), [['1', 'TOTAL-FAILED']], 'we find nothing');
  t.same(pairs([], [said('a', '1')]), [['TOTAL-FAILED', '1']], 'they find nothing');
  t.same(pairs([], []), [['TOTAL-FAILED', 'TOTAL-FAILED']], 'nobody does');
  t.end();
});

t.test('a difference needs an explanation, and an explanation a difference', (t) => {
  const [same, other, level] = [
    paired(specimen, 'EU DSS', [said('a', PASSED, undefined, 'L')], [said('a', PASSED)]),
    paired(specimen, 'EU DSS', [said('a', PASSED)], [said('a', 'INDETERMINATE', 'TRY_LATER')]),
    paired(specimen, 'EU DSS', [said('a', PASSED, undefined, 'L')], [said('a', PASSED, undefined, 'M')]),
  ].map((pairs) => pairs.flatMap(differencesOf));
  t.same(same, []);
  t.same(
    other!.map(({ aspect, ours }) => [aspect, ours]),
    [['indication', 'INDETERMINATE/TRY_LATER']],
  );
  t.same(
    level!.map(({ aspect }) => aspect),
    ['level'],
  );
  const entry: Difference = {
    judge: 'EU DSS',
    aspect: 'indication',
    of: /; a thing$/,
    theirs: /PASSED/,
    ours: /TRY_LATER/,
    why: 'because',
  };
  const outcome = (found: typeof other, table: readonly Difference[]) => {
    const { explained, unused, unexplained } = explain(found!, table);
    return [explained.length, unused.length, unexplained.length];
  };
  t.same(outcome(other, [entry]), [1, 0, 0]);
  t.same(outcome(other, []), [0, 0, 1]);
  t.same(outcome(same, [entry]), [0, 1, 0]);
  t.same(outcome(level, [entry]), [0, 1, 1], 'another aspect');
  t.same(outcome(other, [{ ...entry, judge: 'pyHanko' }]), [0, 1, 1], 'another judge');
  t.end();
});

t.test('every known difference names the clause that we go by', (t) => {
  for (const { why } of knownDifferences) t.match(why, /(EN 319|ISO 32000-2|RFC \d+).* clause|As for EU DSS/);
  t.end();
});
