/** What operators and curious visitors see: the front page, health, and the published policies. */
import type { FastifyInstance } from 'fastify';
import { NEMID_PACKAGING_POLICY, readPolicy, SEAL_SIGNATURE_POLICY } from '../../ades/ltvsdo/policy.ts';
import { SeglError } from '../../errors.ts';

interface Options {
  /** Throws when something that the service needs does not answer. */
  readonly check: () => Promise<void>;
}

const policies = [readPolicy(NEMID_PACKAGING_POLICY), readPolicy(SEAL_SIGNATURE_POLICY)];
const [packagingPolicy, signaturePolicy] = policies;

const FRONT_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Segl</title>
<link rel="stylesheet" href="/std/assets/segl.css">
<main class="page">
<h1>Segl</h1>
<p>This is a document-signing service. If you were asked to sign something, open the link that you were sent.</p>
<h2>For back-end systems</h2>
<ul>
<li>SOAP: <a href="/ws/documentservice-v3?wsdl">DocumentService v3 (WSDL)</a></li>
<li>Documents: <code>POST /doc/{service}/sds</code></li>
</ul>
<h2>Policies</h2>
<ul>
<li><a href="/policy/${packagingPolicy!.fileName}">Packaging policy for NemID signatures</a></li>
<li><a href="/policy/${signaturePolicy!.fileName}">Signature policy of the seal</a></li>
</ul>
</main>
</html>
`;

/** Routes: / · /health (the process is up) · /ready (everything it needs answers) · /policy/… */
export function opsDoor(app: FastifyInstance, { check }: Options): void {
  app.get('/', (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'self'; frame-ancestors 'none'")
      .send(FRONT_PAGE),
  );
  app.get('/health', () => ({ status: 'up' }));
  app.get('/ready', async () => {
    await check();
    return { status: 'ready' };
  });
  for (const { fileName, bytes } of policies) {
    // the seal carries the hash of these bytes: they are served as they are
    app.get(`/policy/${fileName}`, (_request, reply) => reply.type('text/plain; charset=utf-8').send(bytes));
  }
  app.setNotFoundHandler((_request, reply) => {
    const error = new SeglError('NOT_FOUND');
    return reply.code(error.http).type('text/plain; charset=utf-8').send(`${error.message}\n`);
  });
}
