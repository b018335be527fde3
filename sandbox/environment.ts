import { isIP } from 'node:net';
import { join } from 'node:path';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { OCES_POLICY_PREFIX } from './arc.ts';
import { PRIVATE_SERVICE_ID } from './methods/nemid/pid-cpr/status.ts';
import type { TlsAddress } from './tls/routes.ts';
import { writeAtomically } from './world/json-file.ts';
import { FRIENDLY_NAME, type World } from './world/world.ts';

const LOOPBACK = '127.0.0.0/8,::1/128';
const PRIVATE_NETWORKS = `${LOOPBACK},10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7`;

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

export interface Environment {
  /** Settings of a service that lives in this world, by the names of its configuration. */
  readonly environment: Readonly<Record<string, string>>;
  /** PEM files for tools that verify what was signed here. */
  readonly trust: { readonly anchors: readonly string[]; readonly intermediates: readonly string[] };
  /** PEM file of the authority that clients must trust to reach service and sandbox over https, where they do. */
  readonly tlsAuthority?: string;
}

/**
 * Writes keys and certificates as PEM files, and `service.env` with the settings for a service in another process or
 * container.
 */
export async function writeEnvironment(
  world: World,
  {
    folder,
    host,
    smtpPort,
    cpr,
    tls,
  }: {
    folder: string;
    host: string;
    smtpPort: number;
    /** `authority`: PEM. */
    cpr: { url: string; authority: string };
    tls?: TlsAddress;
  },
): Promise<Environment> {
  const file = async (name: string, content: string, mode = 0o644): Promise<string> => {
    const path = join(folder, name);
    await writeAtomically(path, content, mode);
    return path;
  };
  const key = (id: 'seal' | 'voces'): Promise<string> => file(`${id}.key.pem`, world.keyPem(id), 0o600);
  const pem = (...ids: Parameters<World['certificate']>[0][]): string =>
    certificatesToPem(ids.map((id) => world.certificate(id)));

  // a sandbox that others can reach serves other hosts, and those are on an internal network
  const networks = isLoopback(host) ? LOOPBACK : PRIVATE_NETWORKS;
  const environment = {
    SEAL_KEY_FILE: await key('seal'),
    SEAL_CHAIN_FILE: await file('seal.chain.pem', pem('seal', 'seal-ca', 'seal-root')),
    SEAL_TRUST_FILE: await file('seal.trust.pem', pem('seal-root')),
    TSA_URL: `${world.url}/tsa`,
    TSA_TRUST_FILE: await file('tsa.trust.pem', pem('tsa-root')),
    NEMID_CLIENT_URL: tls?.url ?? world.url,
    NEMID_ENVIRONMENT: 'sandbox',
    NEMID_TRUST_FILE: await file('oces.trust.pem', pem('oces-root')),
    NEMID_POLICY_PREFIX: OCES_POLICY_PREFIX,
    NEMID_FRIENDLY_NAME: FRIENDLY_NAME,
    VOCES_KEY_FILE: await key('voces'),
    VOCES_CHAIN_FILE: await file('voces.chain.pem', pem('voces', 'oces-ca', 'oces-root')),
    PID_CPR_URL: `${cpr.url}/pidws/`,
    PID_SERVICE_ID: PRIVATE_SERVICE_ID,
    RID_CPR_URL: `${cpr.url}/ridws/`,
    RID_SERVICE_ID: PRIVATE_SERVICE_ID,
    CPR_TRUST_FILE: await file('cpr.trust.pem', cpr.authority),
    SMTP_URL: `smtp://${new URL(world.url).hostname}:${smtpPort}`,
    MAIL_FROM: 'segl@sandbox.example',
    SMS_GATEWAY_URL: `${world.url}/sms/messages`,
    SMS_SENDER: 'Segl',
    CALLBACK_ALLOW: networks,
    INTERNAL_ALLOW: networks,
    ...(tls && {
      TLS_CERT: await file('tls.cert.pem', tls.certificate),
      TLS_KEY: await file('tls.key.pem', tls.key, 0o600),
    }),
  };
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
  await file('service.env', lines.join(''));
  return {
    environment,
    ...(tls && { tlsAuthority: await file('tls.ca.pem', tls.authority) }),
    trust: {
      anchors: [
        environment.NEMID_TRUST_FILE,
        await file('seal.trust.pem', pem('seal-root')),
        environment.TSA_TRUST_FILE,
      ],
      intermediates: [await file('oces.ca.pem', pem('oces-ca')), await file('seal.ca.pem', pem('seal-ca'))],
    },
  };
}
