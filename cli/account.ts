/** `segl account set NAME`: adds a service account or changes its password. */
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline/promises';
import { systemClock } from '@segl/problem/clock';
import { loadConfig } from '@segl/server/config/config';
import { generalProblems } from '@segl/problem/problems';
import { setAccount } from '@segl/server/adapters/postgres/accounts';
import { Database } from '@segl/server/adapters/postgres/database';

const SHORTEST_PASSWORD = 8;

async function askPassword(): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).trimEnd();
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await prompt.question('Password: ');
  } finally {
    prompt.close();
  }
}

/** Needs DATABASE_URL: the embedded database belongs to the running service. */
export async function accountCommand(
  [verb, name]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  if (verb !== 'set' || !name)
    throw generalProblems.error('BAD_REQUEST', { why: 'use: segl account set NAME' });
  const { databaseUrl } = loadConfig(env);
  if (!databaseUrl) {
    throw generalProblems.error('CONFIG_INVALID', {
      problems: '  DATABASE_URL must be set to change accounts',
    });
  }
  const password = await askPassword();
  if (password.length < SHORTEST_PASSWORD) {
    throw generalProblems.error('BAD_REQUEST', {
      why: `a password needs at least ${SHORTEST_PASSWORD} characters`,
    });
  }
  const db = new Database({ url: databaseUrl, max: 1 });
  try {
    await db.migrate();
    await setAccount(db, systemClock, name, password);
    process.stderr.write(`Account ${name} is set.\n`);
  } finally {
    await db.close();
  }
}
