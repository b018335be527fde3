/** Response headers that every portal page carries. */
import type { FastifyReply } from 'fastify';

/**
 * Content Security Policy of a page. `frameOrigin` is the eID client's, on the one page that frames it.
 * form-action must name schemes, not just 'self': browsers apply it to every redirect that follows a form, and after
 * "send in" these lead to the order's on-task-complete URL and from there wherever its site sends the browser on.
 */
export function contentSecurityPolicy(frameOrigin?: string): string {
  const directives = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self' https: http:",
    "frame-ancestors 'self'",
  ];
  if (frameOrigin !== undefined) directives.push(`frame-src ${new URL(frameOrigin).origin}`);
  return directives.join('; ');
}

export function setPageHeaders(reply: FastifyReply, frameOrigin?: string): void {
  void reply.headers({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy(frameOrigin),
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  });
}
