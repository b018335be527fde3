import type { TLSSocket } from 'node:tls';
import { simulatorProblems } from '../problems.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isSeglError } from '@segl/problem/errors';
import type { RidCprService } from './rid.ts';
import type { PidCprService } from './service.ts';
import { readPidCall, writeFault, writePidReplies, writeTest, writeTestConnection } from './soap.ts';

interface CprServices {
  readonly pid: PidCprService;
  readonly rid: RidCprService;
  /** Whether a certificate (DER) is that of a service provider. */
  isProvider(certificate: Uint8Array): boolean;
}

/**
 * The client's certificate, if it showed one: the handshake has proved that it has the key. Whether the certificate is
 * any good is not left to TLS, which would close the connection without a word, and by the machine's clock.
 */
function clientCertificate(request: FastifyRequest): Uint8Array | undefined {
  const socket = request.raw.socket as Partial<TLSSocket>;
  return socket.getPeerCertificate?.().raw;
}

/** Who comes without the certificate of a service provider is told MISSING_CLIENT_CERT, whatever is asked. */
export function cprPlugin(app: FastifyInstance, services: () => CprServices): void {
  const answering =
    (answer: (services: CprServices, xml: string, isProvider: boolean) => string) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      void reply.type('text/xml; charset=utf-8');
      const parts = services();
      const certificate = clientCertificate(request);
      const isProvider = certificate !== undefined && parts.isProvider(certificate);
      try {
        return answer(parts, (request.body as Buffer).toString('utf8'), isProvider);
      } catch (error) {
        if (!isSeglError(error)) throw error;
        return reply.code(500).send(writeFault(error.fault, error.message));
      }
    };
  const options = { bodyLimit: 1 << 20 };
  app.post('/pidws/', options, answering(answerPid));
  app.post(
    '/ridws/',
    options,
    answering(({ rid }, xml, isProvider) => rid.answer(xml, isProvider)),
  );
}

function answerPid({ pid }: CprServices, xml: string, isProvider: boolean): string {
  const call = readPidCall(xml);
  if (call.operation === 'pid')
    return writePidReplies(call.requests.map((item) => pid.answer(item, isProvider)));
  if (!isProvider)
    throw simulatorProblems.error('BAD_REQUEST', {
      why: simulatorProblems.of('sandbox/no-client-certificate'),
    });
  return call.operation === 'test' ? writeTest() : writeTestConnection(call.value);
}
