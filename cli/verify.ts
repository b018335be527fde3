/** `segl verify FILE`: what a signed file is worth, in words or as a report, and as the exit code. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/clock.ts';
import { SeglError } from '../src/errors.ts';
import { openValidator } from '../src/main.ts';
import { certificatesFromPem } from '../src/pki/pem.ts';
import { textReport } from '../src/validation/text-report.ts';
import { writeEtsiReport } from '../src/validation/etsi-report.ts';
import { readSettings } from './provider.ts';

const USAGE =
  'use: segl verify FILE [--document FILE] [--at TIME] [--trust FILE]… [--offline] [--json | --xml]';

const EXIT = { 'TOTAL-PASSED': 0, 'TOTAL-FAILED': 1, INDETERMINATE: 2 } as const;
const UNUSABLE = 3;

/** Exit codes: 0 passed, 1 failed, 2 indeterminate, 3 the question itself is unusable. */
export async function verifyCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await verify(args, env);
  } catch (error) {
    process.exitCode = UNUSABLE;
    const code = (error as { code?: string }).code ?? '';
    if (code.startsWith('ERR_PARSE_ARGS'))
      throw new SeglError('BAD_REQUEST', { why: `${(error as Error).message} ${USAGE}` });
    if (['ENOENT', 'EISDIR', 'EACCES'].includes(code)) {
      throw new SeglError('BAD_REQUEST', { why: (error as Error).message });
    }
    throw error;
  }
}

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
    },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0 || (values.json && values.xml))
    throw new SeglError('BAD_REQUEST', { why: USAGE });
  const at = values.at === undefined ? undefined : new Date(values.at);
  if (at && Number.isNaN(at.getTime())) {
    throw new SeglError('BAD_REQUEST', { why: `--at "${values.at}" is no time; write 2026-03-01T12:00:00Z` });
  }
  const bytes = await readFile(file);
  const content = values.document === undefined ? undefined : await readFile(values.document);
  const trust = (
    await Promise.all(
      (values.trust ?? []).map(async (path) => certificatesFromPem(await readFile(path, 'utf8'))),
    )
  ).flat();
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
    process.exitCode = EXIT[report.indication];
  } finally {
    await validator.close();
  }
}
