/** What operators and curious visitors see: the front page, health, and the published policies. */
import { statusOf } from '../status.ts';
import type { FastifyInstance } from 'fastify';
import { generalProblems } from '@segl/problem/problems';
import { page, sendPage } from './page.ts';
import { publishedPolicies, publishPolicies, type Published, type PublishedAnchors } from './policies.ts';
import type { PackagingPolicy } from '@segl/identity/method';

interface Options {
  /** Throws when something that the service needs does not answer. */
  readonly check: () => Promise<void>;
  /** Packaging policies of identity methods. */
  readonly policies: readonly PackagingPolicy[];
  /** Published with the policies. */
  readonly anchors: PublishedAnchors;
}

const frontPage = (all: readonly Published[]): string =>
  page(
    'Segl',
    `<h1>Document signing</h1>
        <p>Were you asked to sign something? Open the link that you were sent; there is nothing to do on this page.</p>
        <p>Did you get a signed file? <a href="/verify">Validate it</a>.</p>
        <h2>For back-end systems</h2>
        <ul>
          <li><a href="/ws/documentservice-v3?wsdl">DocumentService v3</a> (WSDL)</li>
          <li>Documents: <code>POST /doc/{service}/sds</code></li>
        </ul>
        <h2>Published policies</h2>
        <ul>
          ${all
            .filter(({ earlier }) => !earlier)
            .map(({ path, title }) => `<li><a href="${path}">${title}</a></li>`)
            .join('\n          ')}
        </ul>
        <p><a href="/policy/">All versions, with their hashes and the trust anchors</a></p>`,
  );

/** Routes: / · /health (the process is up) · /ready (everything it needs answers) · /policy/… */
export function opsPlugin(app: FastifyInstance, { check, policies, anchors }: Options): void {
  const all = publishedPolicies(policies);
  const front = frontPage(all);
  app.get('/', (_request, reply) => sendPage(reply, front));
  app.get('/health', () => ({ status: 'up' }));
  app.get('/ready', async () => {
    await check();
    return { status: 'ready' };
  });
  publishPolicies(app, all, anchors);
  app.setNotFoundHandler((_request, reply) => {
    const error = generalProblems.error('NOT_FOUND');
    return reply.code(statusOf(error)).type('text/plain; charset=utf-8').send(`${error.message}\n`);
  });
}
