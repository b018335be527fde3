import type { FastifyReply } from 'fastify';

/**
 * 303 to `url` exactly as given: dot segments, ports and unescaped characters stay. Only what cannot stand in a header
 * is left out (control characters, which URL parsers drop as well); other characters travel as UTF-8.
 */
export function seeOther(reply: FastifyReply, url: string): FastifyReply {
  const location = url.replace(/[\u0000-\u001f\u007f]/g, '');
  return reply
    .code(303)
    .headers({
      // Node writes header text as Latin-1, so this puts the UTF-8 bytes on the wire
      location: Buffer.from(location, 'utf8').toString('latin1'),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
    .send();
}
