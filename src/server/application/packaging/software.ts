/** Which software took part, as evidence tells it (packaging policy E4 to E7). */
import { readFileSync } from 'node:fs';
import { release, type } from 'node:os';
import type { Component } from '@segl/identity/evidence/ltvsdo/content';
import { projectFile } from '../../paths.ts';
import type { ClientInfo } from '../../domain/signing-session/client-info.ts';

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(projectFile('package.json'), 'utf8')) as Manifest;

/** The version of this program. */
export const SEGL_VERSION = manifest.version;

/** Libraries whose work ends up in evidence. */
const IMPORTANT = ['libxml2-wasm', 'pdf-lib', 'fastify', 'pg'];

const components: readonly Component[] = [
  { name: 'segl', version: SEGL_VERSION },
  { name: 'segl-nemid-verifier', version: SEGL_VERSION },
  { name: 'os', version: `${type()} ${release()}` },
  { name: 'node', version: process.version },
  { name: 'openssl', version: process.versions.openssl },
  ...IMPORTANT.map((name) => ({ name, version: manifest.dependencies[name] ?? 'unknown' })),
];

/** Operating system, runtime and important libraries of the server, with versions. */
export const serverComponents = (): readonly Component[] => components;

/** The signer's browser, as it introduced itself. NemID's Java client is long gone: "not used". */
export const clientComponents = ({ userAgent, ip }: ClientInfo): Component[] => [
  { name: 'user-agent', version: userAgent || 'unknown' },
  { name: 'ip-address', version: ip },
  { name: 'client-java', version: 'not used' },
];
