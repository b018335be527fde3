import type { FastifyInstance } from 'fastify';
import { isSeglError } from '../../src/errors.ts';
import type { PidCprService } from './service.ts';
import { readPidCall, writeFault, writePidReplies, writeTest, writeTestConnection } from './soap.ts';

/** The real service is reached with mutual TLS; the sandbox takes anyone, and goes by the service id alone. */
export function pidCprDoor(app: FastifyInstance, service: () => PidCprService): void {
  app.post('/pidws/', { bodyLimit: 1 << 20 }, async (request, reply) => {
    void reply.type('text/xml; charset=utf-8');
    try {
      const call = readPidCall((request.body as Buffer).toString('utf8'));
      switch (call.operation) {
        case 'pid':
          return writePidReplies(call.requests.map((item) => service().answer(item)));
        case 'testConnection':
          return writeTestConnection(call.value);
        case 'test':
          return writeTest();
      }
    } catch (error) {
      if (!isSeglError(error)) throw error;
      return reply.code(500).send(writeFault(error.fault, error.message));
    }
  });
}
