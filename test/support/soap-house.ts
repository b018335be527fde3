/** All SOAP services in front of the real parts, and callers that have every reply judged by libxml2. */
import fastify from 'fastify';
import { ArchiveFlow } from '../../src/flow/archive-desk.ts';
import { PackagingFlow } from '../../src/flow/packaging-desk.ts';
import { soapDoor } from '../../src/http/soap/plugin.ts';
import { silentLogger } from '../../src/log.ts';
import { createHouse, type TestHouse } from './house.ts';
import { replyErrors, schemaOf } from './reply-schema.ts';
import { namespaceOf, operation, texts } from './soap-call.ts';

/** Every service by its address, with the last part of its namespace. */
export const services: Readonly<Record<string, string>> = {
  'documentservice-v2': 'Document-v2',
  'documentservice-v3': 'Document-v3',
  'packagingservice-v1': 'Packaging-v1',
  'packagingservice-v2': 'Packaging-v2',
  'packagingservice-v3': 'Packaging-v3',
  'packagingservice-v4': 'Packaging-v4',
  'sealingservice-v1': 'Sealing-v1',
  'archiveservice-v3': 'Archive-v3',
};

/** The Body of a void operation's reply. */
export const emptyBody = '<soap:Body></soap:Body>';

export interface SoapHouse {
  readonly home: TestHouse;
  /** `service element` of every call that was answered with a reply that fits its schema. */
  readonly answered: Set<string>;
  /** Calls an operation by its element; throws unless the answer is the expected fault, or a reply that is valid. */
  call(service: string, element: string, content: string, code?: string): Promise<string>;
  close(): Promise<void>;
}

export async function createSoapHouse(): Promise<SoapHouse> {
  const home = await createHouse();
  const schemas = new Map(Object.keys(services).map((name) => [name, schemaOf(`${name}.wsdl`)]));
  const { context } = home.house;
  const app = fastify();
  await app.register(soapDoor, {
    orders: home.orders,
    tasks: home.tasks,
    packaging: new PackagingFlow(home.packaging),
    archive: new ArchiveFlow(context),
    config: context.config,
    log: silentLogger,
  });
  const answered = new Set<string>();
  return {
    home,
    answered,
    async call(service, element, content, code) {
      const { statusCode, body } = await app.inject({
        method: 'POST',
        url: `/ws/${service}`,
        headers: { host: 'sign.example.com', 'content-type': 'text/xml' },
        payload: operation(element, content, namespaceOf(services[service]!)),
      });
      const found = statusCode === 500 ? texts(body, 'code')[0] : undefined;
      if (found !== code) throw new Error(`${service} ${element}: ${body}`);
      if (code !== undefined) return body;
      const wrong = body.includes(emptyBody) ? '' : replyErrors(schemas.get(service)!, body);
      if (statusCode !== 200 || wrong) throw new Error(`${service} ${element}: ${wrong} ${body}`);
      answered.add(`${service} ${element}`);
      return body;
    },
    async close() {
      await app.close();
      await home.close();
      for (const schema of schemas.values()) schema.dispose();
    },
  };
}
