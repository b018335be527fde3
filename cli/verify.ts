/** `segl verify FILE`: what a signed file is worth, in words or as a report, and as the exit code. */
import { cliProblems } from './problems.ts';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { CommanderError, Option, type Command } from 'commander';
import { systemClock } from '@segl/problem/clock';
import { languages, type Language } from '@segl/problem/catalogue';
import { isSeglError } from '@segl/problem/errors';
import { openValidator } from '@segl/server/composition/validator';
import { readCertificates } from '@segl/pki/x509/certificate-file';
import { readValidationTime } from '@segl/ades/validation/validation-time';
import { jsonReport } from '@segl/ades/validation/reports/json-report';
import type { Tell, ValidationReport } from '@segl/ades/validation/reports/report';
import { textReport } from '@segl/ades/validation/reports/text-report';
import { writeEtsiReport } from '@segl/ades/validation/reports/etsi-report';
import { another, besideSandbox, settingsOf, type Env } from './command.ts';
import { readSettings } from './provider.ts';

const EXIT_CODES = `
Exit codes: 0 passed, 1 failed, 2 indeterminate, 3 the question is unusable, 4 there is nothing to judge:
no signature, an encrypted file, or a kind of file that is not supported.`;

const EXIT = { 'TOTAL-PASSED': 0, 'TOTAL-FAILED': 1, INDETERMINATE: 2 } as const;
const UNUSABLE = 3;
const NOTHING_TO_JUDGE = 4;

interface Options {
  readonly document?: string;
  readonly at?: string;
  readonly trust?: readonly string[];
  readonly offline?: boolean;
  readonly json?: boolean;
  readonly xml?: boolean;
  readonly language: Language;
  readonly sandbox?: boolean;
}

/** Sets the exit code that its help tells. */
export function addVerify(program: Command, env: Env): void {
  besideSandbox(program.command('verify <file>'))
    .description('what a signed file is worth; - reads it from standard input')
    .option('--document <file>', 'what a detached signature is over')
    .option('--at <time>', 'as of a date (2026-03-01) or a time with its zone (2026-03-01T12:00:00Z)')
    .option(
      '--trust <file>',
      'trusts its certificates (PEM or DER) for everything; may be given more than once',
      another,
    )
    .option('--offline', 'asks nobody: only what the file carries counts')
    .addOption(new Option('--json', 'the report as JSON').conflicts('xml'))
    .option('--xml', 'the report as XML of ETSI TS 119 102-2')
    .addOption(
      new Option('--language <language>', 'tells what was found in it').choices(languages).default('en'),
    )
    .addHelpText('after', EXIT_CODES)
    .exitOverride(({ exitCode, code, message }) => {
      throw new CommanderError(exitCode === 0 ? 0 : UNUSABLE, code, message);
    })
    .action(async (file: string, options: Options) => {
      try {
        await verify(file, options, settingsOf(env, options));
      } catch (error) {
        process.exitCode = UNUSABLE;
        throw error;
      }
    });
}

async function verify(file: string, values: Options, env: Env): Promise<void> {
  const at = values.at === undefined ? undefined : readValidationTime(values.at, '--at');
  const trust = (await Promise.all((values.trust ?? []).map(trusted))).flat();
  const bytes = file === '-' ? await buffer(process.stdin) : await readFile(file);
  const content = values.document === undefined ? undefined : await readFile(values.document);
  const validator = await openValidator(await readSettings(env), { clock: systemClock, trust });
  const tell: Tell = (problem) => validator.problems.text(problem, values.language);
  try {
    const { report } = await validator.validate({
      bytes,
      ...(content && { content }),
      ...(at && { at }),
      offline: values.offline ?? false,
    });
    process.stdout.write(
      values.json
        ? `${JSON.stringify(jsonReport(report, tell), undefined, 2)}\n`
        : values.xml
          ? writeEtsiReport(report, tell)
          : textReport(report, tell),
    );
    process.exitCode = exitCodeOf(report);
  } finally {
    await validator.close();
  }
}

const exitCodeOf = ({ indication, unjudged }: ValidationReport): number =>
  unjudged ? NOTHING_TO_JUDGE : EXIT[indication];

async function trusted(path: string): Promise<readonly Uint8Array[]> {
  try {
    return readCertificates(await readFile(path));
  } catch (error) {
    if (!isSeglError(error, 'PEM_INVALID', 'ASN1_INVALID')) throw error;
    const why = cliProblems.of('option/no-certificate', {
      option: '--trust',
      file: path,
      why: error.problem,
    });
    throw cliProblems.error('BAD_REQUEST', { why }, { cause: error });
  }
}
