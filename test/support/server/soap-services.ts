/** All SOAP services in front of the real parts, and callers that have every reply judged by libxml2. */
import fastify from 'fastify';
import { typeOf, type ComplexType, type Schema } from '@segl/server/http/soap/schema';
import { loadWsdl } from '@segl/server/http/soap/wsdl';
import { parseXml, type XmlElement } from '@segl/server/http/soap/xml-tree';
import { ArchiveFlow } from '@segl/server/application/documents/archived';
import { PackagingFlow } from '@segl/server/application/packaging/packaging-service';
import { soapPlugin } from '@segl/server/http/soap/soap-plugin';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { projectFile } from '@segl/server/paths';
import { openTestApplication, type TestApplication } from './services.ts';
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

export interface SoapServices {
  readonly home: TestApplication;
  /** `service element` of every call that was answered with a reply that fits its schema. */
  readonly answered: Set<string>;
  /** `service type/member` of everything that a reply has said. */
  readonly said: Set<string>;
  /** Calls an operation by its element; throws unless the answer is the expected fault, or a reply that is valid. */
  call(service: string, element: string, content: string, code?: string): Promise<string>;
  /** Posts what may be no call at all, and gives the answer as it came. */
  post(
    service: string,
    xml: string | Uint8Array,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** What an element says, as `type/member`. */
function* membersOf(schema: Schema, declared: ComplexType, element: XmlElement): Generator<string> {
  const type = declared.derived.find(({ name }) => name === element.type?.local) ?? declared;
  for (const { namespace, local } of element.attributes) if (namespace === '') yield `${type.name}/@${local}`;
  for (const child of element.children) {
    yield `${type.name}/${child.local}`;
    const member = typeOf(schema, type.elements.get(child.local)!);
    if (member.kind === 'complex') yield* membersOf(schema, member, child);
  }
}

/** Everything that a reply can say, as `type/member`; `except`: types that are left out with all that is in them. */
export function possibleMembers(schema: Schema, except: readonly string[]): Set<string> {
  const found = new Set<string>();
  const add = (type: ComplexType): void => {
    for (const one of [type, ...type.derived]) {
      for (const name of one.attributes.keys()) found.add(`${one.name}/@${name}`);
      for (const [name, member] of one.elements) {
        const of = typeOf(schema, member);
        const isNew = !found.has(`${one.name}/${name}`);
        found.add(`${one.name}/${name}`);
        if (isNew && of.kind === 'complex' && !except.includes(of.name)) add(of);
      }
    }
  };
  for (const [name, type] of schema.elements) if (name.endsWith('-response')) add(type);
  return found;
}

export async function createSoapServices(): Promise<SoapServices> {
  const home = await openTestApplication();
  const schemas = new Map(Object.keys(services).map((name) => [name, schemaOf(`${name}.wsdl`)]));
  const { context } = home.application;
  const app = fastify();
  await app.register(soapPlugin, {
    orders: home.orders,
    tasks: home.tasks,
    packaging: new PackagingFlow(home.packaging),
    archive: new ArchiveFlow(context),
    config: context.config,
    log: silentLogger,
  });
  const answered = new Set<string>();
  const said = new Set<string>();
  const wsdls = new Map(
    Object.keys(services).map((name) => [name, loadWsdl(projectFile('wsdl', `${name}.wsdl`))]),
  );
  const post: SoapServices['post'] = async (service, xml, headers = {}) => {
    const {
      statusCode,
      headers: told,
      body,
    } = await app.inject({
      method: 'POST',
      url: `/ws/${service}`,
      headers: { host: 'sign.example.com', 'content-type': 'text/xml', ...headers },
      payload: typeof xml === 'string' ? xml : Buffer.from(xml),
    });
    return { status: statusCode, contentType: String(told['content-type']), body };
  };
  return {
    home,
    answered,
    said,
    post,
    async call(service, element, content, code) {
      const xml = operation(element, content, namespaceOf(services[service]!));
      const { status, body } = await post(service, xml);
      const found = status === 500 ? texts(body, 'code')[0] : undefined;
      if (found !== code) throw new Error(`${service} ${element}: ${body}`);
      if (code !== undefined) return body;
      const wrong = body.includes(emptyBody) ? '' : replyErrors(schemas.get(service)!, body);
      if (status !== 200 || wrong) throw new Error(`${service} ${element}: ${wrong} ${body}`);
      answered.add(`${service} ${element}`);
      const payload = parseXml(body).children.at(-1)?.children[0];
      const { schema } = wsdls.get(service)!;
      const type = payload && schema.elements.get(payload.local);
      if (type) for (const member of membersOf(schema, type, payload)) said.add(`${service} ${member}`);
      return body;
    },
    async close() {
      await app.close();
      await home.close();
      for (const schema of schemas.values()) schema.dispose();
    },
  };
}
