import type { FastifyRequest } from 'fastify';

const hostPattern = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/** A host name or address with an optional port (RFC 3986 §3.2.2), and nothing that could break out of a URL. */
export const isHost = (text: string): boolean => hostPattern.test(text) && URL.canParse(`http://${text}`);

/**
 * Scheme and host under which the caller reached us: URIs in replies must be on the host that the client used. The
 * host of `publicUrl` keeps that URL's scheme, which is right behind a proxy that ends TLS; other hosts get the scheme
 * of the connection, or what a trusted proxy says. An absent or odd Host header gives `publicUrl`.
 */
export function baseUrl(request: FastifyRequest, publicUrl: string): string {
  const { host } = request;
  if (!isHost(host)) return publicUrl;
  const known = new URL(publicUrl);
  // clients may name the scheme's own port, which URLs leave out
  if (new URL(`${known.protocol}//${host}`).host === known.host) return publicUrl;
  return `${request.protocol}://${host}`;
}
