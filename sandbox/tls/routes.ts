import { X509Certificate } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { generalProblems } from '@segl/problem/problems';
import { render } from '../templates.ts';
import { sendPage } from '../pages/page.ts';
import type { TlsCertificate } from './certificate.ts';

/** The sandbox over https. */
export interface TlsAddress extends TlsCertificate {
  readonly url: string;
  /** Where to fetch the authority over http, which needs no trust yet. */
  readonly authorityUrl: string;
}

/** The authority that clients must trust, as PEM and DER, and a page that says how. Over http too: that is the start. */
export function tlsPlugin(app: FastifyInstance, tls: () => TlsAddress | undefined): void {
  const authority = (): X509Certificate => {
    const address = tls();
    if (!address) throw generalProblems.error('NOT_FOUND');
    return new X509Certificate(address.authority);
  };
  app.get('/tls/', async (_request, reply) =>
    sendPage(
      reply,
      render('tls', {
        fingerprint: authority().fingerprint256,
        validTo: authority().validTo,
        names: new X509Certificate(tls()!.certificate).subjectAltName,
        file: tls()!.authorityUrl,
      }),
    ),
  );
  app.get('/tls/ca.pem', async (_request, reply) =>
    reply.type('application/x-pem-file').send(authority().toString()),
  );
  app.get('/tls/ca.cer', async (_request, reply) =>
    reply.type('application/pkix-cert').send(authority().raw),
  );
}
