/** What a calling system shows of itself: in the TLS handshake with us, or by the word of a proxy that is trusted. */
import { reasonOf } from '@segl/problem/problem';
import { isSeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket, type DetailedPeerCertificate } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import type { Logger } from '../../adapters/telemetry/log.ts';
import type { Caller } from '../../domain/order/caller.ts';
import type { ProxyRule } from '../trusted-proxies.ts';
import {
  CERTIFICATE_HEADERS,
  certificateHeaderReaders,
  type CertificateHeader,
  type HeaderValues,
} from './headers.ts';

/** Real chains have three certificates. */
export const MAX_CERTIFICATES = 10;

export type CallerReader = (request: FastifyRequest) => Caller;

const valuesOf =
  ({ rawHeaders }: IncomingMessage): HeaderValues =>
  (name) =>
    rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === name);

/** `/ws/documentservice-v3`, `/doc`: no ids. */
const doorOf = (url: string): string => /^\/(?:doc|ws\/[a-z0-9-]+)/.exec(url)?.[0] ?? '/';

/**
 * Reads what requests show. A trusted proxy's own certificate is not its client's: from it only the header counts, and
 * from anybody else the header never does. Nothing is judged here.
 */
export function createCallerReader({
  header,
  trusted,
  log,
}: {
  readonly header: CertificateHeader | undefined;
  readonly trusted: ProxyRule | undefined;
  readonly log: Logger;
}): CallerReader {
  const bySocket = new WeakMap<Socket, Uint8Array[]>();
  const fromTls = (socket: Socket): Uint8Array[] => {
    const known = bySocket.get(socket);
    if (known) return known;
    const shown = socket instanceof TLSSocket ? peerCertificates(socket) : [];
    bySocket.set(socket, shown);
    return shown;
  };

  return (request) => {
    const { raw } = request;
    const { socket } = raw;
    const isProxy = trusted?.(socket.remoteAddress) ?? false;
    const values = valuesOf(raw);
    const base = {
      // an IPv4 client of a listener for both families
      address: request.ip.replace(/^::ffff:(?=\d+\.)/i, ''),
      door: doorOf(raw.url ?? ''),
      via: isProxy ? 'proxy' : 'tls',
    } as const;
    if (!isProxy) {
      const claimed = CERTIFICATE_HEADERS.find((name) => values(name).length > 0);
      if (claimed) {
        const peer = socket.remoteAddress;
        log.warn({ header: claimed, peer }, 'a client certificate in a header was ignored: no trusted proxy');
      }
    }
    try {
      const certificates = isProxy
        ? header
          ? certificateHeaderReaders[header](values)
          : []
        : fromTls(socket);
      if (certificates.length > MAX_CERTIFICATES) {
        const why = serverProblems.of('caller/too-many-certificates', { limit: MAX_CERTIFICATES });
        throw serverProblems.error('CALLER_CERTIFICATE_UNREADABLE', { why });
      }
      return { ...base, certificates };
    } catch (error) {
      if (!isSeglError(error, 'CALLER_CERTIFICATE_UNREADABLE')) throw error;
      return { ...base, certificates: [], problem: reasonOf(error) };
    }
  };
}

/** DER as the peer showed it, its own first. */
function peerCertificates(socket: TLSSocket): Uint8Array[] {
  const found: Uint8Array[] = [];
  let current: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  // a root is its own issuer
  while (current?.raw && found.length <= MAX_CERTIFICATES) {
    found.push(Uint8Array.from(current.raw));
    if (current.issuerCertificate === current) break;
    current = current.issuerCertificate;
  }
  return found;
}
