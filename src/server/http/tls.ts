/** HTTPS without a proxy in front: certificate and key from PEM files, exchanged while the service runs. */
import { constants, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Server, ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../problems.ts';
import type { Logger } from '../adapters/telemetry/log.ts';
import { certificatesFromPem } from '@segl/pki/x509/pem';

export interface TlsFiles {
  /** PEM: the server's own certificate first, then those that lead to its root. */
  readonly certFile: string;
  /** PEM, not encrypted. */
  readonly keyFile: string;
}

/** How often the files are looked at. Polling finds what is behind symbolic links, as certificate renewers lay them. */
const LOOK_EVERY_MS = 5_000;

/**
 * TLS 1.2 with forward secrecy and authenticated encryption only, and all of TLS 1.3. DHE is for back ends on older
 * Windows servers, which know no ECDHE with GCM.
 */
const ciphers = [
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ...['DHE-RSA-AES128-GCM-SHA256', 'DHE-RSA-AES256-GCM-SHA384'],
].join(':');

const rules = { minVersion: 'TLSv1.2', ciphers, dhparam: 'auto' } as const satisfies ServerOptions;

/** The files of TLS_CERT and TLS_KEY; undefined when neither is set. Throws CONFIG_INVALID when one is missing. */
export function tlsFiles(config: {
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
}): TlsFiles | undefined {
  const { tlsCert: certFile, tlsKey: keyFile } = config;
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile === undefined && keyFile === undefined) return undefined;
  const problems = [serverProblems.of('setting/tls-together')];
  throw serverProblems.error('CONFIG_INVALID', { problems });
}

/** Options for an https server. Throws TLS_FILES_INVALID; never with content of the files. */
export async function readTlsOptions(files: TlsFiles): Promise<ServerOptions> {
  const read = async (file: string): Promise<string> =>
    readFile(file, 'utf8').catch((cause: unknown) => {
      throw invalid(serverProblems.of('file/unreadable', { file }), cause);
    });
  const [cert, key] = [await read(files.certFile), await read(files.keyFile)];
  let leaf: X509Certificate;
  let privateKey: KeyObject;
  try {
    leaf = new X509Certificate(certificatesFromPem(cert)[0]!);
  } catch (cause) {
    throw invalid(serverProblems.of('tls/no-certificate', { file: files.certFile }), cause);
  }
  try {
    privateKey = createPrivateKey(key);
  } catch (cause) {
    throw invalid(serverProblems.of('tls/no-key', { file: files.keyFile }), cause);
  }
  if (!leaf.checkPrivateKey(privateKey)) {
    throw invalid(serverProblems.of('tls/key-of-another', files));
  }
  const options = { ...rules, cert, key };
  try {
    createSecureContext(options);
  } catch (cause) {
    throw invalid(serverProblems.of('tls/not-usable', files), cause);
  }
  return options;
}

const invalid = (why: Problem, cause?: unknown): SeglError =>
  serverProblems.error('TLS_FILES_INVALID', { why }, { cause });

/**
 * Asks clients for a certificate of one of these authorities (PEM) without demanding one: the handshake proves that they
 * have its key, nothing more. Sessions are not resumed, because then only a part of what was shown is still known.
 */
export const askForCertificate = (authorities: readonly string[]): ServerOptions => ({
  requestCert: true,
  rejectUnauthorized: false,
  ca: [...authorities],
  secureOptions: constants.SSL_OP_NO_TICKET,
});

/**
 * Takes new certificates while the service runs: when a file changes, and on SIGHUP. Open connections keep theirs.
 * Files that do not fit each other change nothing, because renewers write one after the other. Servers keep their own
 * options besides. Gives what ends it.
 */
export function renewTls(
  servers: ReadonlyMap<Server, ServerOptions>,
  files: TlsFiles,
  log: Logger,
  lookEveryMs = LOOK_EVERY_MS,
): () => void {
  const renew = async (): Promise<void> => {
    try {
      const options = await readTlsOptions(files);
      for (const [server, more] of servers) server.setSecureContext({ ...options, ...more });
      const { validTo } = new X509Certificate(options.cert as string);
      log.info({ validTo }, 'TLS certificate taken into use');
    } catch (error) {
      log.error({ err: error }, 'TLS certificate not renewed; the one before stays in use');
    }
  };
  const onChange = (): void => void renew();
  const names = [files.certFile, files.keyFile];
  for (const name of names) watchFile(name, { interval: lookEveryMs, persistent: false }, onChange);
  process.on('SIGHUP', onChange);
  return () => {
    for (const name of names) unwatchFile(name, onChange);
    process.off('SIGHUP', onChange);
  };
}
