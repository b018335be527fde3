import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import t from 'tap';
import { loadConfig } from '@segl/server/config/config';
import { projectFile } from '@segl/server/paths';

interface Service {
  image?: string;
  build?: string;
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: string[]; disable?: boolean };
}

const compose = parse(readFileSync(projectFile('docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const dockerfile = readFileSync(projectFile('Dockerfile'), 'utf8');

/** As compose does it: `${NAME:-default}` and `${NAME:?message}`. */
const filled = (settings: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      value.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_, _name, kind, text: string) =>
        kind === '-' ? text : 'pw',
      ),
    ]),
  );

t.test('the parts are there, and what they refer to exists', async (t) => {
  t.same(Object.keys(compose.services).sort(), ['app', 'postgres', 'redis', 'sandbox', 'worker']);
  for (const [name, service] of Object.entries(compose.services)) {
    for (const volume of service.volumes ?? [])
      t.ok((volume.split(':')[0] ?? '') in compose.volumes, `${name}: ${volume}`);
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      t.equal(condition, 'service_healthy');
      t.ok(compose.services[other]?.healthcheck?.test, `${name} waits for ${other}, whose health is known`);
    }
    for (const port of service.ports ?? [])
      t.match(port, /^127\.0\.0\.1:/, `${name} is not open to the network`);
  }
});

t.test('every part of the program gets settings that it accepts', async (t) => {
  for (const name of ['app', 'worker', 'sandbox']) {
    const config = loadConfig(filled(compose.services[name]?.environment));
    t.equal(config.sandboxUrl, 'http://sandbox.localhost:8090', name);
  }
  const { app, worker } = compose.services;
  for (const service of [app, worker]) {
    const config = loadConfig(filled(service?.environment));
    t.equal(config.databaseUrl, 'postgres://segl:pw@postgres:5432/segl');
    t.equal(config.redisUrl, 'redis://redis:6379');
    t.same(service?.volumes, app?.volumes, 'documents and keys are shared');
    t.ok(service?.entrypoint?.includes('--env-file=/data/sandbox/service.env'));
  }
});

t.test('the queue may lose nothing', async (t) => {
  t.match(
    compose.services['redis']?.command?.join(' '),
    /--appendonly yes --appendfsync always .*noeviction/,
  );
});

t.test('the image runs as an ordinary user, with the flags and the file that the command has', async (t) => {
  t.match(dockerfile, /\nUSER node\n/);
  const source = readFileSync(projectFile('scripts', 'node-flags.mjs'), 'utf8');
  const flags = [...source.matchAll(/'(--[^']+)'/g)].map(([, flag]) => flag);
  t.ok(flags.length > 0);
  t.match(
    dockerfile,
    `ENTRYPOINT ${JSON.stringify(['node', ...flags, 'cli/dist/main.js']).replaceAll('","', '", "')}`,
  );
  for (const [name, { entrypoint }] of Object.entries(compose.services)) {
    if (entrypoint?.[0] === 'node')
      t.same(
        flags.filter((flag) => !entrypoint.includes(flag ?? '')),
        [],
        name,
      );
  }
  const ignored = readFileSync(projectFile('.dockerignore'), 'utf8').split('\n');
  for (const name of ['**/node_modules', '**/dist', 'data', '.env', '.git'])
    t.ok(ignored.includes(name), name);
});
