import type { FastifyReply } from 'fastify';

const policy = (formAction: string): string =>
  `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action ${formAction}; frame-ancestors 'none'`;

/**
 * A page that runs no scripts and may not be framed. `leaves`: where its forms lead is another host in the end, which browsers
 * judge by the same rule.
 */
export const sendPage = (reply: FastifyReply, html: string, leaves = false): FastifyReply =>
  reply
    .headers({
      'content-security-policy': policy(leaves ? "'self' http: https:" : "'self'"),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    .type('text/html; charset=utf-8')
    .send(html);
