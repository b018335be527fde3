/** The frame of the few pages that are nobody's task: no script, nothing from elsewhere. */
import type { FastifyReply } from 'fastify';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as HTML content or attribute value. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');

/** A whole page; `content` is HTML. */
export const page = (title: string, content: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${escapeHtml(title)}</title>
    <link rel="icon" href="/std/assets/seal.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/std/assets/portal.css">
  </head>
  <body>
    <header class="bar"><div class="bar-inner">
      <span class="brand"><img src="/std/assets/seal.svg" width="28" height="28" alt=""> Segl</span>
    </div></header>
    <main id="main"><div class="narrow">
      <section class="card">
        ${content}
      </section>
    </div></main>
  </body>
</html>
`;

export const sendPage = (reply: FastifyReply, html: string): FastifyReply =>
  reply
    .type('text/html; charset=utf-8')
    .header(
      'content-security-policy',
      "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'",
    )
    .header('x-content-type-options', 'nosniff')
    .send(html);
