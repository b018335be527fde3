/**
 * Finished evidence outlives the code that made it: what was made by an earlier version verifies as it did then, and what
 * is made now has the same form. `GOLDEN=write` adds what is not there yet: what an earlier version made is kept for good.
 */
import t, { type Test } from 'tap';
import {
  golden,
  isWriting,
  known,
  readGolden,
  readGoldenJson,
  writeGolden,
  writeGoldenJson,
} from './files.ts';
import { makePackages, type MadePackage } from './make-packages.ts';
import { outlineOfPdf, outlineOfXml, outlineOfZip } from './outline.ts';
import {
  publishedPolicies,
  read,
  reportOn,
  type Conclusion,
  type KeptAnswers,
  type KeptTrust,
  type PackageKind,
} from './subject.ts';

interface KeptPackage extends Omit<MadePackage, 'bytes' | 'trust'> {
  /** Key of `trusts`. */
  readonly trust: string;
  /** What the validator says of it, in full. */
  readonly report: Conclusion;
  /** What the reader of finished evidence finds. */
  readonly read?: unknown;
}

interface Index {
  readonly trusts: Readonly<Record<string, KeptTrust>>;
  readonly packages: readonly KeptPackage[];
}

const INDEX = 'packages/index.json';

/** What does not tell of its own revocation: a level below LT, and packages inside of a container of two years later. */
const ASKING = new Set(['pades-b-t.pdf', 'evidence.asice', 'evidence-listed.asice']);
const everythingIsGood: KeptAnswers = {
  '*': { status: 'good', source: 'ocsp', url: 'http://ocsp.test.invalid/' },
};

const judge = ({ name, at }: Pick<KeptPackage, 'name' | 'at'>, bytes: Uint8Array, trust: KeptTrust) =>
  reportOn({ bytes, trust, at, ...(ASKING.has(name) && { asked: everythingIsGood }) });

const outlineOf = (kind: PackageKind, bytes: Uint8Array): string[] => {
  if (kind === 'container') return outlineOfZip(bytes);
  return kind === 'PAdES' ? outlineOfPdf(bytes) : outlineOfXml(bytes);
};

const made = await makePackages();

if (isWriting) {
  const before = readGoldenJson<Index>(INDEX);
  const trusts: Record<string, KeptTrust> = { ...before.trusts };
  const packages: KeptPackage[] = [...before.packages];
  for (const { bytes, trust, ...rest } of made) {
    if (packages.some(({ name }) => name === rest.name)) continue;
    const key =
      Object.keys(trusts).find((one) => trusts[one] === trust) ?? `house-${Object.keys(trusts).length + 1}`;
    trusts[key] = trust;
    writeGolden(`packages/${rest.name}`, bytes);
    const report = await judge(rest, bytes, trust);
    packages.push({ ...rest, trust: key, report, read: read(rest.kind, bytes, trust) });
  }
  writeGoldenJson(INDEX, { trusts, packages });
}

const { trusts, packages } = readGoldenJson<Index>(INDEX);

t.test('what was made before verifies as it did', async (t) => {
  for (const one of packages) {
    const bytes = readGolden(`packages/${one.name}`);
    const trust = trusts[one.trust]!;
    const report = await judge(one, bytes, trust);
    t.equal(report.indication, 'TOTAL-PASSED', one.name);
    t.same(known(report, one.report), one.report, `${one.name}: the report`);
    t.same(known(read(one.kind, bytes, trust), one.read), one.read, `${one.name}: what is read from it`);
  }
});

/** Whose readers judge all of the evidence. */
const COMPLETE: ReadonlySet<PackageKind> = new Set(['LTV-SDO', 'PAdES', 'XAdES']);

/** Enough of them to meet every part of a file, few enough to be quick. */
const FLIPS = 24;

t.test('a changed byte is noticed in each of them', async (t) => {
  for (const one of packages) {
    const bytes = readGolden(`packages/${one.name}`);
    const trust = trusts[one.trust]!;
    const sound = judgement(one.report);
    const end = guardedEnd(one.kind, bytes);
    const missed: number[] = [];
    for (let index = 1; index <= FLIPS; index++) {
      const at = Math.floor((end * index) / (FLIPS + 1));
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1;
      const isRead = COMPLETE.has(one.kind) && reads(one.kind, flipped, trust);
      if (isRead || judgement(await judge(one, flipped, trust)) === sound) missed.push(at);
    }
    t.same(missed, [], one.name);
  }
});

/** Of a WSD by itself, the certificates beside its seal may change: whoever needs them has them from the package around it. */
const guardedEnd = (kind: PackageKind, bytes: Buffer): number =>
  kind === 'WSD' ? bytes.indexOf('<xades:UnsignedProperties') : bytes.length;

/** Every conclusion and check: a time-stamp that does not hold may leave a signature valid, but not without a word. */
const judgement = (report: unknown): string =>
  JSON.stringify(report, (key, value: unknown) => (VARYING.has(key) ? undefined : value));
const VARYING: ReadonlySet<string> = new Set([
  'sha256',
  'signatureValue',
  'signedSha256',
  'path',
  'documents',
]);

function reads(kind: PackageKind, bytes: Uint8Array, trust: KeptTrust): boolean {
  try {
    read(kind, bytes, trust);
    return true;
  } catch {
    return false;
  }
}

t.test('what is made now has the same form', async (t) => {
  for (const { name, kind, bytes } of made) {
    t.ok(
      packages.some((one) => one.name === name),
      `${name}: GOLDEN=write keeps it`,
    );
    sameLines(t, outlineOf(kind, bytes), outlineOf(kind, readGolden(`packages/${name}`)), name);
  }
});

/** With the first line that differs, as whole files are no help. */
function sameLines(t: Test, found: readonly string[], wanted: readonly string[], name: string): void {
  const at = wanted.findIndex((line, index) => line !== found[index]);
  const differs = at >= 0 || found.length !== wanted.length;
  const from = at < 0 ? wanted.length : at;
  t.same(differs ? found.slice(from, from + 3) : [], differs ? wanted.slice(from, from + 3) : [], name);
  t.equal(found.length, wanted.length, `${name}: as many lines`);
}

t.test('published policies never change', async (t) => {
  const policies = golden('policies.json', publishedPolicies);
  t.same(known(publishedPolicies(), policies), policies);
});
