/** An account as identity provider of SAML 2.0: /std/saml2/{service}/metadata, and /sso for requests by redirect and by form. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { generalProblems } from '@segl/problem/problems';
import type { SessionKey } from '../../../domain/signing-session/client-info.ts';
import { serverProblems } from '../../../problems.ts';
import type { LoginPages, Portal } from '../../portal/portal.ts';
import { readAuthnRequest, readPost, readRedirect, type ReceivedRequest } from './authn-request.ts';
import { providerAddress } from './words.ts';

/** What the routes work with; `enter` takes the browser into the log-on. */
interface Saml2Scene {
  readonly portal: Portal;
  readonly logins: LoginPages;
  readonly bodyLimit: number;
  readonly enter: (request: FastifyRequest, reply: FastifyReply, key: SessionKey) => FastifyReply;
}

export function saml2Routes(scope: FastifyInstance, scene: Saml2Scene): void {
  const { logins, bodyLimit } = scene;
  scope.get('/saml2/:service/metadata', async (request, reply) => {
    const service = serviceOf(request);
    return reply
      .headers({ 'content-type': 'application/samlmetadata+xml', 'x-content-type-options': 'nosniff' })
      .send(logins.answers.metadata(service));
  });
  scope.get('/saml2/:service/sso', (request, reply) =>
    open(scene, request, reply, readRedirect(request.originalUrl)),
  );
  scope.post('/saml2/:service/sso', { bodyLimit }, (request, reply) =>
    open(scene, request, reply, readPost(request.body)),
  );
}

function serviceOf(request: FastifyRequest): string {
  const { service = '' } = request.params as { service?: string };
  // what XML cannot hold is no account's name either
  if (/[\u0000-\u001f\u007f\ud800-\udfff\ufffe\uffff]/.test(service))
    throw generalProblems.error('NOT_FOUND');
  return service;
}

async function open(
  { portal, logins, enter }: Saml2Scene,
  request: FastifyRequest,
  reply: FastifyReply,
  received: ReceivedRequest,
): Promise<FastifyReply> {
  const service = serviceOf(request);
  const provider = await logins.service.provider(service, received.issuer);
  if (!provider)
    throw serverProblems.error('LOGIN_REQUEST_REFUSED', { why: serverProblems.of('authn-request/provider') });
  const key = await logins.service.openRequest({
    ...{ service, provider, request: readAuthnRequest(received, provider) },
    destination: `${providerAddress(portal.config.publicUrl, service)}/sso`,
  });
  return enter(request, reply, key);
}
