import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.ts';
import type { ClientInfo } from '../../domain/signing-session/client-info.ts';

const loopback = (host: string): boolean => /^(localhost|127\.0\.0\.1|\[::1\])$/.test(host);

/**
 * The origin that signer pages have in the browser: PUBLIC_URL's, never one that the request claims, because the eID
 * client binds the signature to it, and a page relayed under a foreign name must not get parameters for that name.
 * On one's own machine "localhost" and "127.0.0.1" are the same, so there the request's host counts.
 */
export function pageOrigin(request: FastifyRequest, config: Pick<Config, 'publicUrl'>): string {
  const { origin, hostname } = new URL(config.publicUrl);
  if (loopback(hostname) && loopback(request.hostname)) return `${request.protocol}://${request.host}`;
  return origin;
}

/** Whether cookies may be bound to https: the pages are served under it, or this one was fetched over it. */
export const isSecure = (request: FastifyRequest, config: Pick<Config, 'publicUrl'>): boolean =>
  request.protocol === 'https' || pageOrigin(request, config).startsWith('https:');

/** What the browser says of itself. */
export function clientInfo(request: FastifyRequest): ClientInfo {
  const acceptLanguage = request.headers['accept-language'];
  return {
    // an IPv4 client of a listener for both families
    ip: request.ip.replace(/^::ffff:(?=\d+\.)/i, ''),
    userAgent: request.headers['user-agent'] ?? '',
    ...(acceptLanguage === undefined ? {} : { acceptLanguage }),
  };
}
