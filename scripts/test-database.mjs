// One PostgreSQL for all tests that need one, with a template that has every migration: a clone of it takes a fraction of
// the time that a server of one's own does. test/support/server/template-database.ts makes the clones.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const log = { debug() {}, info() {}, warn: console.error, error: console.error };

/** Gives the address of the template, and what ends the server. Needs the build. */
export async function startTestDatabase() {
  const adapters = '../src/server/dist/adapters/postgres';
  const { startEmbeddedPostgres } = await import(`${adapters}/embedded/embedded-postgres.js`);
  const { Database } = await import(`${adapters}/database.js`);
  const folder = await mkdtemp(join(tmpdir(), 'segl-template-'));
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), log });
  const template = new Database({ url: server.url, max: 1 });
  await template.migrate();
  await template.close();
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
