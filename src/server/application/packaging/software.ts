/** Which software took part, as evidence tells it (packaging policy E4 to E7). */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { release, type } from 'node:os';
import { join } from 'node:path';
import type { Component } from '@segl/identity/evidence/ltvsdo/content';
import { projectFile } from '../../paths.ts';
import type { ClientInfo } from '../../domain/signing-session/client-info.ts';

const versionIn = (manifest: string): string =>
  (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version;

/** The version of this program. */
export const SEGL_VERSION = versionIn(projectFile('package.json'));

/**
 * The libraries that the service and its workers run on: all that they import. What is loaded only where it is asked for
 * (a security module's, a second opinion's) is not among them.
 */
export const LIBRARIES = [
  '@fastify/cookie',
  '@fastify/formbody',
  '@fastify/multipart',
  '@fastify/static',
  '@simplewebauthn/server',
  'bidi-js',
  'bullmq',
  'eta',
  'fastify',
  'harfbuzzjs',
  'jose',
  'libxml2-wasm',
  'node-forge',
  'nodemailer',
  'openid-client',
  'pdf-lib',
  'pg',
  'pino',
  'saxes',
  'undici',
  'uqr',
] as const;

const { resolve } = createRequire(import.meta.url);

/** The version that is installed here, which is the one that runs. */
function installedVersion(library: string): string {
  const places = (resolve.paths(library) ?? []).map((folder) => join(folder, library, 'package.json'));
  return versionIn(places.find((place) => existsSync(place)) ?? join(library, 'package.json'));
}

/** Names the versions of everything else that came along, down to the last library of a library. */
function lockFile(): Component[] {
  const file = projectFile('package-lock.json');
  if (!existsSync(file)) return [];
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
  return [{ name: 'package-lock.json', version: `sha256:${digest}` }];
}

const platform: readonly Component[] = [
  { name: 'os', version: `${type()} ${release()}` },
  { name: 'node', version: process.version },
  { name: 'openssl', version: process.versions.openssl },
  ...LIBRARIES.map((name) => ({ name, version: installedVersion(name) })),
  ...lockFile(),
];

/** The service, what verified signatures (`verifiers`), operating system, runtime and libraries, with versions. */
export const serverComponents = (verifiers: readonly string[] = []): readonly Component[] => [
  ...['segl', ...verifiers].map((name) => ({ name, version: SEGL_VERSION })),
  ...platform,
];

/** The signer's browser, as it introduced itself. Clients in Java are long gone: "not used". */
export const clientComponents = ({ userAgent, ip }: ClientInfo): Component[] => [
  { name: 'user-agent', version: userAgent || 'unknown' },
  { name: 'ip-address', version: ip },
  { name: 'client-java', version: 'not used' },
];
