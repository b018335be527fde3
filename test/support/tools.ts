import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { accessSync, constants } from 'node:fs';

/** What a test needs of tap to skip or fail. */
interface TestHandle {
  pass(message: string, extra: { skip: string }): unknown;
  fail(message: string): unknown;
}

function find(name: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/**
 * Path of a tool of the operating system, or else of one that does as well. Absent: the test is skipped by name, or fails
 * where CI=true. Use: `const xmlsec1 = tool(t, 'xmlsec1'); if (!xmlsec1) return;`
 */
export function tool(t: TestHandle, name: string, instead?: string): string | undefined {
  const path = find(name) ?? (instead === undefined ? undefined : find(instead));
  if (path) return path;
  if (process.env['CI'] === 'true') t.fail(`${name} is not installed here`);
  else t.pass(`needs ${name}`, { skip: `${name} is not installed here` });
  return undefined;
}

/** Runs a tool; gives its exit code and everything that it printed instead of throwing. */
export function run(
  path: string,
  args: readonly string[],
  input?: Uint8Array,
): { code: number; output: string } {
  const { status, stdout, stderr } = spawnSync(path, args, { input, maxBuffer: 64 << 20 });
  return { code: status ?? -1, output: `${stdout.toString('latin1')}${stderr.toString('latin1')}` };
}
