/** Asks a judge and our validator about one file, with the same trust, time and answers, and sets side by side what they say. */
import { readFileSync } from 'node:fs';
import type { DssAnswer, Judges, PyHankoAnswer } from '../judging.ts';
import { writeEtsiReport } from '@segl/ades/validation/reports/etsi-report';
import type { SignatureReport, ValidationReport } from '@segl/ades/validation/reports/report';
import { extensionOf, type Specimen } from './specimen.ts';
import type { Workshop } from './workshop.ts';
import { askAmong, certificatesOf, validate } from './relying-party.ts';
import type { Problem } from '@segl/problem/problem';
import { identityProblems } from '@segl/identity/problems';

export type JudgeName = 'EU DSS' | 'pyHanko';

/** What is said about one signature, in the words of EN 319 102-1 and the level names of EU DSS. */
export interface Said {
  readonly indication: string;
  readonly subIndication?: string;
  /** Where the judge tells levels. */
  readonly level?: string;
}

export interface Pair {
  readonly specimen: Specimen;
  readonly judge: JudgeName;
  /** The field of a PDF, or the Id of an XML signature. */
  readonly signature: string;
  readonly theirs: Said;
  readonly ours: Said;
  /** Why, as each of them tells it. */
  readonly reasons: readonly [theirs: string, ours: string];
}

type Named = Said & { readonly name: string; readonly reason: string };

/** Where no signature is found or the file cannot be read (EN 319 102-1 clause 5.2.2). */
const UNREADABLE: Said = { indication: 'TOTAL-FAILED', subIndication: 'FORMAT_FAILURE' };

export interface Comparison {
  /** One for each signature and judge: EU DSS judges everything, pyHanko its own PDFs. */
  readonly pairs: readonly Pair[];
  /** What the schema of TS 119 102-2 has against our report. */
  readonly reportProblems: readonly string[];
}

export async function compare(specimen: Specimen, judges: Judges, shop: Workshop): Promise<Comparison> {
  const at = specimen.at ?? shop.world.clock.now();
  const file = shop.keep(specimen.bytes, extensionOf(specimen));
  const detached = specimen.content ? [shop.keep(specimen.content, 'txt')] : [];
  const ocsps = specimen.isOffline ? [] : await shop.answers(certificatesOf(specimen), at);
  const question = { file, anchors: [shop.anchor], detached, ocsps, at };
  const answers = ocsps.map((name) => readFileSync(name));
  const ask = specimen.isOffline ? undefined : askAmong(answers, at);
  const { report } = await validate(specimen, shop.world.anchor, at, ask);
  const ours = namedOurs(report);
  const written = shop.keep(Buffer.from(writeEtsiReport(report, tell)), 'xml');
  const { error, problems = [] } = await judges.dss.check(written);
  const reportProblems = error === undefined ? problems : [error];
  const pairs = paired(specimen, 'EU DSS', namedDss(await judges.dss.ask(question)), ours);
  if (specimen.maker === 'EU DSS') return { pairs, reportProblems };
  const theirs = namedPyHanko(await judges.pyHanko.ask(question));
  return { pairs: [...pairs, ...paired(specimen, 'pyHanko', theirs, ours)], reportProblems };
}

/** By name where both have names, else in their order; what only one of them finds stands alone. */
export function paired(
  specimen: Specimen,
  judge: JudgeName,
  theirs: readonly Named[],
  ours: readonly Named[],
): Pair[] {
  const left = [...ours];
  const pairs = theirs.map((their): Pair => {
    const byName = left.findIndex(({ name }) => name !== '' && name === their.name);
    const [our] = byName >= 0 ? left.splice(byName, 1) : their.name === '' ? left.splice(0, 1) : [];
    return pair(specimen, judge, their, our);
  });
  if (theirs.length === 0 && ours.length === 0) return [pair(specimen, judge, undefined, undefined)];
  return [...pairs, ...left.map((our) => pair(specimen, judge, undefined, our))];
}

const pair = (
  specimen: Specimen,
  judge: JudgeName,
  theirs: Named | undefined,
  ours: Named | undefined,
): Pair => ({
  specimen,
  judge,
  signature: theirs?.name ?? ours?.name ?? '',
  theirs: theirs ? plain(theirs) : UNREADABLE,
  ours: ours ? plain(ours) : UNREADABLE,
  reasons: [theirs?.reason ?? '', ours?.reason ?? ''],
});

const plain = ({ indication, subIndication, level }: Named): Said => ({
  indication,
  ...(subIndication !== undefined && { subIndication }),
  ...(level !== undefined && { level }),
});

function levelName({ format, level }: SignatureReport): string {
  if (format === 'PDF') return 'PKCS7';
  if (level === undefined) return format;
  return /^(B|T|LTA?)$/.test(level) ? `${format}-BASELINE-${level}` : `${format}-${level}`;
}

const namedOurs = ({ signatures }: ValidationReport): Named[] =>
  signatures
    .filter(({ format }) => format !== 'document time-stamp')
    .map((one) => ({
      name: one.name ?? '',
      indication: one.indication,
      ...(one.subIndication && { subIndication: one.subIndication }),
      level: levelName(one),
      reason: reasonIn(one),
    }));

function reasonIn({ checks }: SignatureReport): string {
  const problem = checks.find(({ outcome }) => outcome === 'failed')?.problem;
  return problem ? tell(problem) : '';
}

const tell = (problem: Problem): string => identityProblems.catalogue.text(problem, 'en');

const namedDss = ({ error, signatures = [] }: DssAnswer): Named[] =>
  error !== undefined
    ? []
    : signatures.map(({ name, indication, subIndication, level, errors }) => ({
        name,
        indication: indication.replace('_', '-'),
        ...(subIndication !== null && { subIndication }),
        level: level.replace(/^PKCS7-.*/, 'PKCS7').replace('XML-NOT-ETSI', 'XMLDSig'),
        reason: errors.join(' | '),
      }));

const INDICATIONS: Readonly<Record<string, string>> = { PASSED: 'TOTAL-PASSED', FAILED: 'TOTAL-FAILED' };

/** pyHanko tells beside its indication whether what came behind the signature may come there. */
const namedPyHanko = ({ error, signatures = [] }: PyHankoAnswer): Named[] =>
  error !== undefined
    ? []
    : signatures.map(({ name, now, isAllowed }) => {
        const { indication, subIndication, reason = '' } = now;
        if (indication === 'PASSED' && !isAllowed) {
          return {
            name,
            indication: 'TOTAL-FAILED',
            subIndication: 'FORMAT_FAILURE',
            reason: 'what came behind it may not come there',
          };
        }
        return {
          name,
          indication: INDICATIONS[indication] ?? indication,
          ...(indication !== 'PASSED' && subIndication !== undefined && { subIndication }),
          reason,
        };
      });
