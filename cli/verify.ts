/** `segl verify FILE`: what a signed file is worth, in words or as a report, and as the exit code. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { systemClock } from '@segl/problem/clock';
import { isSeglError, SeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import { openValidator } from '@segl/server/composition/services';
import { readCertificates } from '@segl/pki/x509/certificate-file';
import { readMoment } from '@segl/ades/validation/moment';
import type { ValidationReport } from '@segl/ades/validation/report';
import { textReport } from '@segl/ades/validation/text-report';
import { writeEtsiReport } from '@segl/ades/validation/etsi-report';
import { readSettings } from './provider.ts';

const USAGE = `use: segl verify FILE [options]; FILE may be - for standard input

  --document FILE   what a detached signature is over
  --at TIME         validates as of a date (2026-03-01) or a time with its zone (2026-03-01T12:00:00Z)
  --trust FILE      trusts the certificates in it (PEM or DER) for everything; may be given more than once
  --offline         asks nobody: only what the file carries counts
  --json | --xml    the report as JSON, or as XML of ETSI TS 119 102-2

Exit codes: 0 passed, 1 failed, 2 indeterminate, 3 the question is unusable, 4 there is nothing to judge:
no signature, an encrypted file, or a kind of file that is not supported.
`;

const EXIT = { 'TOTAL-PASSED': 0, 'TOTAL-FAILED': 1, INDETERMINATE: 2 } as const;
const UNUSABLE = 3;
const NOTHING_TO_JUDGE = 4;

/** Sets the exit code that USAGE tells. */
export async function verifyCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await verify(args, env);
  } catch (error) {
    process.exitCode = UNUSABLE;
    const code = (error as { code?: string }).code ?? '';
    if (code.startsWith('ERR_PARSE_ARGS')) throw unusable(`${(error as Error).message} (segl verify --help)`);
    if (['ENOENT', 'EISDIR', 'EACCES'].includes(code)) throw unusable((error as Error).message);
    throw error;
  }
}

/** `why` may come with a full stop of its own. */
const unusable = (why: string): SeglError =>
  generalProblems.error('BAD_REQUEST', { why: why.replace(/\.$/, '') });

async function verify(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      document: { type: 'string' },
      at: { type: 'string' },
      trust: { type: 'string', multiple: true },
      offline: { type: 'boolean' },
      json: { type: 'boolean' },
      xml: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw unusable('name one file (segl verify --help)');
  if (values.json && values.xml) throw unusable('--json and --xml exclude each other');
  const at = values.at === undefined ? undefined : readMoment(values.at, '--at');
  const trust = (await Promise.all((values.trust ?? []).map(trusted))).flat();
  const bytes = file === '-' ? await buffer(process.stdin) : await readFile(file);
  const content = values.document === undefined ? undefined : await readFile(values.document);
  const validator = await openValidator(await readSettings(env), { clock: systemClock, trust });
  try {
    const { report } = await validator.validate({
      bytes,
      ...(content && { content }),
      ...(at && { at }),
      offline: values.offline ?? false,
    });
    process.stdout.write(
      values.json
        ? `${JSON.stringify(report, undefined, 2)}\n`
        : values.xml
          ? writeEtsiReport(report)
          : textReport(report),
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
    throw unusable(`--trust ${path} holds no certificate in PEM or DER: ${String(error.params['why'])}`);
  }
}
