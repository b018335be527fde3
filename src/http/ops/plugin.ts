/** What operators and curious visitors see: the front page, health, and the published policies. */
import type { FastifyInstance } from 'fastify';
import { POLICIES, readPolicy, type PolicyId } from '../../ades/ltvsdo/policy.ts';
import { SeglError } from '../../errors.ts';

interface Options {
  /** Throws when something that the service needs does not answer. */
  readonly check: () => Promise<void>;
}

/** Those of packages that were made before stay published. */
const policies = POLICIES.map(readPolicy);

const POLICY_TITLES = {
  'urn:segl:packagingpolicy:ltv:nemid:1.1:1.1': 'Packaging of NemID signatures',
  'urn:segl:packagingpolicy:ltv:nemid:1.1:1.0': 'Packaging of NemID signatures, before',
  'urn:segl:packagingpolicy:ltv:nemid-handwritten:1.1:1.0': 'Packaging of NemID signatures with handwriting',
  'urn:segl:packagingpolicy:ltv:nemid-without-cpr:1.1:1.0':
    'Packaging of NemID signatures without a CPR number',
  'urn:segl:packagingpolicy:ltv:wsd:1.1:1.0': 'Packaging of witnessed signatures',
  'urn:segl:signaturepolicy:seal:1.0': 'Signature policy of the seal',
  'urn:segl:signaturepolicy:wsd:1.0': 'Signature policy of witnessed signatures',
} as const satisfies Record<PolicyId, string>;

const FRONT_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Segl</title>
    <link rel="icon" href="/std/assets/seal.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/std/assets/portal.css">
  </head>
  <body>
    <header class="bar"><div class="bar-inner">
      <span class="brand"><img src="/std/assets/seal.svg" width="28" height="28" alt=""> Segl</span>
    </div></header>
    <main id="main"><div class="narrow">
      <section class="card">
        <h1>Document signing</h1>
        <p>Were you asked to sign something? Open the link that you were sent; there is nothing to do on this page.</p>
        <h2>For back-end systems</h2>
        <ul>
          <li><a href="/ws/documentservice-v3?wsdl">DocumentService v3</a> (WSDL)</li>
          <li>Documents: <code>POST /doc/{service}/sds</code></li>
        </ul>
        <h2>Published policies</h2>
        <ul>
          ${policies
            .map(({ id, fileName }) => `<li><a href="/policy/${fileName}">${POLICY_TITLES[id]}</a></li>`)
            .join('\n          ')}
        </ul>
      </section>
    </div></main>
  </body>
</html>
`;

/** Routes: / · /health (the process is up) · /ready (everything it needs answers) · /policy/… */
export function opsDoor(app: FastifyInstance, { check }: Options): void {
  app.get('/', (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'",
      )
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
