/** `segl evidence REQUEST-ID`: everything about an order in one container that anybody can verify offline. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { makeEvidenceFile } from '@segl/server/application/packaging/evidence-file';
import { serverProblems } from '@segl/server/problems';
import { besideSandbox, settingsOf, type BesideSandbox, type Env } from './command.ts';
import { withApplication } from './services.ts';

interface Options {
  readonly out?: string;
  readonly service?: string;
}

/** Works beside a running service, or without one. */
export function addEvidence(program: Command, env: Env): void {
  besideSandbox(program.command('evidence <request-id>'))
    .description(
      'one file with everything about an order, and a page that verifies it offline (docs/guide/evidence-file.md)',
    )
    .option('--out <file>', 'a file that does not exist yet; default: evidence-REQUEST-ID.asice')
    .option('--service <name>', 'the account that ordered it')
    .action(async (requestId: string, options: BesideSandbox & Options) =>
      writeEvidence(requestId, options, settingsOf(env, options)),
    );
}

async function writeEvidence(requestId: string, options: Options, env: Env): Promise<void> {
  if (!/^[\w-]+$/.test(requestId)) throw serverProblems.error('REQUEST_UNKNOWN', { requestId });
  const { out = `evidence-${requestId}.asice`, service } = options;
  const bytes = await withApplication(env, (context) => makeEvidenceFile(context, requestId, service));
  await writeFile(out, bytes, { flag: 'wx' });
  process.stdout.write(
    `${out}: ${bytes.length} bytes. Unpack verify.html from it, open that, and give it the file.\n`,
  );
}
