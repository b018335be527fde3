/** docs/standards/conformance.md: what each judge said of our files, by format, level, key and kind of input; and of theirs. */
import { format, resolveConfig } from 'prettier';
import { projectFile } from '@segl/server/paths';
import { corpusLines } from './corpus/page.ts';
import type { CorpusResult } from './corpus/corpus.ts';
import { evidenceLines } from './evidence/page.ts';
import type { Judged } from './evidence/compare.ts';
import type { Verdict } from './judging.ts';

const unique = (values: readonly string[]): string[] => [...new Set(values)];

function table(verdicts: readonly Verdict[]): string[] {
  const keys = unique(verdicts.map(({ file }) => file.key));
  const rows = unique(verdicts.map(({ file }) => `${file.level}|${file.kind}`)).map((row) => {
    const cells = keys.map((key) => {
      const found = verdicts.find(({ file }) => file.key === key && `${file.level}|${file.kind}` === row);
      if (!found) return '–';
      return found.problems.length === 0 ? 'as claimed' : `**${found.dss}**`;
    });
    return `| ${row.replace('|', ' | ')} | ${cells.join(' | ')} |`;
  });
  return [
    `| level | of | ${keys.join(' | ')} |`,
    `| --- | --- | ${keys.map(() => '---').join(' | ')} |`,
    ...rows,
  ];
}

/** The page, as prettier would have it. */
export async function conformancePage(
  verdicts: readonly Verdict[],
  corpus: CorpusResult,
  evidence: readonly Judged[],
): Promise<string> {
  const good = verdicts.filter(({ problems }) => problems.length === 0).length;
  const lines = [
    '# Conformance',
    '',
    'Written by `npm run conformance`, with all online sources switched off.',
    '',
    '## Files that we made',
    '',
    'Every file is made by this code, or signed by others and extended by this code, with certificates of a test authority, and',
    'given to judges that we did not write. *As claimed* means: EU DSS 6.4 reports TOTAL-PASSED and exactly this level for every',
    'signature in the file, and finds the imprint and the signature of every time-stamp intact. xmlsec1 (which does not support',
    'RSASSA-PSS) verifies XML signatures, and xmllint finds that they follow the ETSI schemas. For PDFs, qpdf finds no errors,',
    'pdfsig finds a valid signature, and openssl verifies every signature and document time-stamp over the bytes of its',
    '/ByteRange. For level B-LTA, pyHanko 0.38 reports PASSED now and in a simulation five years ahead (except where the status',
    'of certificates comes from revocation lists alone: the simulation finds no list of a CA that is not a root).',
    '',
    'Levels B and T carry no revocation data; the judge was given the OCSP answers that a relying party would fetch.',
    '',
    `**${good} of ${verdicts.length} files were judged as claimed.**`,
    '',
    '### XAdES',
    '',
    ...table(verdicts.filter(({ file }) => file.format === 'XAdES')),
    '',
    '### ASiC-E with XAdES',
    '',
    ...table(verdicts.filter(({ file }) => file.format === 'ASiC-E')),
    '',
    '### PAdES',
    '',
    'PDFs that are certified get only what the certification permits: validation data and a document time-stamp (DocMDP 1), or an',
    'invisible signature as well (2 and 3). pyHanko finds that every signature permits what was added after it.',
    '',
    ...table(verdicts.filter(({ file }) => file.format === 'PAdES')),
    '',
    ...corpusLines(corpus),
    '',
    ...evidenceLines(evidence),
  ];
  const options = await resolveConfig(projectFile('README.md'));
  return format(lines.join('\n'), { ...options, parser: 'markdown' });
}
