/** `segl evidence REQUEST-ID`: everything about an order in one container that anybody can verify offline. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { generalProblems } from '@segl/problem/problems';
import { makeEvidenceFile } from '@segl/server/application/packaging/evidence-file';
import { withHouse } from './house.ts';

export async function evidenceCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { out: { type: 'string' }, service: { type: 'string' } },
  });
  const [requestId, ...more] = positionals;
  if (requestId === undefined || more.length > 0 || !/^[\w-]+$/.test(requestId)) {
    throw generalProblems.error('BAD_REQUEST', {
      why: 'use: segl evidence REQUEST-ID [--out FILE] [--service NAME]',
    });
  }
  const { out = `evidence-${requestId}.asice`, service } = values;
  const bytes = await withHouse(env, (context) => makeEvidenceFile(context, requestId, service));
  await writeFile(out, bytes, { flag: 'wx' });
  process.stdout.write(
    `${out}: ${bytes.length} bytes. Unpack verify.html from it, open that, and give it the file.\n`,
  );
}
