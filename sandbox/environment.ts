import { isIP } from 'node:net';
import { join } from 'node:path';
import { certificatesToPem } from '@segl/pki/x509/pem';
import type { OpenedSimulator, Trust, WriteFile } from './simulator.ts';
import type { TlsAddress } from './tls/routes.ts';
import { writeAtomically } from './world/json-file.ts';
import type { World } from './world/world.ts';

const LOOPBACK = '127.0.0.0/8,::1/128';
const PRIVATE_NETWORKS = `${LOOPBACK},10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7`;

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

export interface Environment {
  /** Settings of a service that lives in this world, by the names of its configuration. */
  readonly environment: Readonly<Record<string, string>>;
  /** PEM files for tools that verify what was signed here. */
  readonly trust: Trust;
  /** PEM file of the authority that clients must trust to reach service and sandbox over https, where they do. */
  readonly tlsAuthority?: string;
}

/** Writes files into `folder`. */
export const writerIn =
  (folder: string): WriteFile =>
  async (name, content, options) => {
    const path = join(folder, name);
    await writeAtomically(path, content, options?.secret ? 0o600 : 0o644);
    return path;
  };

/** METHODS_FILE: who answers, of all simulators. */
const methodsOf = (simulators: readonly OpenedSimulator[]): string =>
  JSON.stringify(
    {
      providers: Object.assign({}, ...simulators.map(({ methods }) => methods?.providers ?? {})) as object,
      methods: simulators.flatMap(({ methods }) => methods?.methods ?? []),
    },
    undefined,
    2,
  );

/**
 * Writes keys and certificates as PEM files, and `service.env` with the settings for a service in another process or
 * container.
 */
export async function writeEnvironment(
  world: World,
  simulators: readonly OpenedSimulator[],
  {
    write,
    host,
    smtpPort,
    tls,
  }: {
    write: WriteFile;
    host: string;
    smtpPort: number;
    tls: TlsAddress | undefined;
  },
): Promise<Environment> {
  const pem = (...ids: string[]): string => certificatesToPem(ids.map((id) => world.certificate(id)));

  // a sandbox that others can reach serves other hosts, and those are on an internal network
  const networks = isLoopback(host) ? LOOPBACK : PRIVATE_NETWORKS;
  const trusted = {
    seal: await write('seal.trust.pem', pem('seal-root')),
    tsa: await write('tsa.trust.pem', pem('tsa-root')),
  };
  const environment = {
    SEAL_KEY_FILE: await write('seal.key.pem', world.keyPem('seal'), { secret: true }),
    SEAL_CHAIN_FILE: await write('seal.chain.pem', pem('seal', 'seal-ca', 'seal-root')),
    SEAL_TRUST_FILE: trusted.seal,
    LOGIN_SERVICE: 'on',
    LOGIN_KEY_FILE: await write('login.key.pem', world.keyPem('login'), { secret: true }),
    LOGIN_CHAIN_FILE: await write('login.chain.pem', pem('login', 'seal-ca', 'seal-root')),
    TSA_URL: `${world.url}/tsa`,
    TSA_TRUST_FILE: trusted.tsa,
    ...Object.fromEntries(simulators.flatMap(({ environment: own }) => Object.entries(own))),
    METHODS_FILE: await write('methods.json', methodsOf(simulators)),
    SMTP_URL: `smtp://${new URL(world.url).hostname}:${smtpPort}`,
    MAIL_FROM: 'segl@sandbox.example',
    SMS_GATEWAY_URL: `${world.url}/sms/messages`,
    SMS_SENDER: 'Segl',
    CALLBACK_ALLOW: networks,
    INTERNAL_ALLOW: networks,
    ...(tls && {
      TLS_CERT: await write('tls.cert.pem', tls.certificate),
      TLS_KEY: await write('tls.key.pem', tls.key, { secret: true }),
    }),
  };
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
  await write('service.env', lines.join(''));
  return {
    environment,
    ...(tls && { tlsAuthority: await write('tls.ca.pem', tls.authority) }),
    trust: {
      anchors: [...simulators.flatMap(({ trust }) => trust.anchors), trusted.seal, trusted.tsa],
      intermediates: [
        ...simulators.flatMap(({ trust }) => trust.intermediates),
        await write('seal.ca.pem', pem('seal-ca')),
      ],
    },
  };
}
