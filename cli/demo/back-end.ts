/** The back end of the demo: what a company's own system does, over the network and with nothing but HTTP. */
import { SaxesParser } from 'saxes';

const NAMESPACE = 'https://id.signicat.com/definitions/wsdl/Document-v3';

export interface BackEndOptions {
  readonly baseUrl: string;
  readonly service: string;
  readonly password: string;
}

export interface OrderInput {
  readonly sdsId: string;
  readonly title: string;
  /** National ids of the two signers, first one first. */
  readonly signers: readonly {
    readonly nationalId: string;
    readonly firstName: string;
    readonly lastName: string;
  }[];
  readonly callbackUrl: string;
  readonly language: 'da' | 'en';
}

/** Elements of a reply: local name and text, in document order. */
type Flat = { name: string; text: string; attributes: Record<string, string> }[];

const escape = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

function flatten(xml: string): Flat {
  const elements: Flat = [];
  const open: Flat = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', ({ local, attributes }) => {
    const values = Object.fromEntries(Object.values(attributes).map(({ local, value }) => [local, value]));
    const element = { name: local, text: '', attributes: values };
    elements.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on('closetag', () => void open.pop());
  parser.write(xml).close();
  return elements;
}

const texts = (elements: Flat, name: string): string[] =>
  elements.filter((element) => element.name === name).map(({ text }) => text);

export class BackEnd {
  readonly #options: BackEndOptions;
  readonly #authorization: string;

  constructor(options: BackEndOptions) {
    this.#options = options;
    const credentials = Buffer.from(`${options.service}:${options.password}`).toString('base64');
    this.#authorization = `Basic ${credentials}`;
  }

  /** Uploads a document to session data storage; gives its id. */
  async upload(bytes: Uint8Array, contentType: string): Promise<string> {
    const response = await fetch(`${this.#options.baseUrl}/doc/${this.#options.service}/sds`, {
      method: 'POST',
      headers: { authorization: this.#authorization, 'content-type': contentType },
      body: bytes as Uint8Array<ArrayBuffer>,
    });
    const text = await response.text();
    if (response.status !== 201) throw new Error(`upload: ${response.status} ${text}`);
    return text;
  }

  async download(url: string): Promise<Uint8Array> {
    const response = await fetch(url, { headers: { authorization: this.#authorization } });
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  async #call(operation: string, body: string): Promise<Flat> {
    const { baseUrl, service, password } = this.#options;
    const envelope = `<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>
<${operation} xmlns="${NAMESPACE}"><service>${escape(service)}</service><password>${escape(password)}</password>${body}</${operation}>
</soap:Body></soap:Envelope>`;
    const response = await fetch(`${baseUrl}/ws/documentservice-v3`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
      body: envelope,
    });
    const reply = flatten(await response.text());
    if (response.status !== 200) throw new Error(`${operation}: ${texts(reply, 'faultstring').join(' ')}`);
    return reply;
  }

  /** Orders two signatures, the second after the first, and a PAdES of both. */
  async createRequest(order: OrderInput): Promise<string> {
    const tasks = order.signers.map(
      (
        signer,
        index,
      ) => `<task id="task_${index + 1}" bundle="false" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<subject id="subject_${index + 1}"><national-id>${escape(signer.nationalId)}</national-id><first-name>${escape(signer.firstName)}</first-name><last-name>${escape(signer.lastName)}</last-name></subject>
<document-action type="sign"><document-ref>agreement</document-ref></document-action>
${index > 0 ? `<depends-on-task>task_${index}</depends-on-task>` : ''}
<signature responsive="true"><method>nemid-sign</method></signature>
</task>`,
    );
    const reply = await this.#call(
      'create-request-request',
      `<request>
<language>${order.language}</language>
<document xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="sds-document" id="agreement" ref-sds-id="${escape(order.sdsId)}">
<external-reference>demo-agreement-1</external-reference><description>${escape(order.title)}</description></document>
${tasks.join('\n')}
<client-reference>demo</client-reference>
<notification type="URL" notification-id="done"><recipient>${escape(order.callbackUrl)}</recipient><message>-</message></notification>
<packaging-task packaging-task-id="evidence" method="pades">
${order.signers.map((_, index) => `<packaging-task-document task-id="task_${index + 1}" document-id="agreement"/>`).join('\n')}
</packaging-task>
</request>`,
    );
    const [requestId] = texts(reply, 'request-id');
    if (!requestId) throw new Error('createRequest answered no request-id');
    return requestId;
  }

  /** Task statuses by task id, and the addresses of the results. */
  async getStatus(requestId: string): Promise<{ statuses: Map<string, string>; resultUris: string[] }> {
    const reply = await this.#call('get-status-request', `<request-id>${escape(requestId)}</request-id>`);
    const ids = texts(reply, 'task-id');
    const states = texts(reply, 'task-status');
    return {
      statuses: new Map(ids.map((id, index) => [id, states[index] ?? ''])),
      resultUris: texts(reply, 'result-uri'),
    };
  }

  async getPackagingResult(requestId: string): Promise<{ status: string; resultUri: string | undefined }> {
    const reply = await this.#call(
      'get-packaging-task-status-request',
      `<request-id>${escape(requestId)}</request-id>`,
    );
    return {
      status: texts(reply, 'packaging-task-status')[0] ?? '',
      resultUri: texts(reply, 'result-uri')[0],
    };
  }

  /** Event types and times of a task's history. */
  async getHistory(requestId: string, taskId: string): Promise<{ event: string; time: string }[]> {
    const reply = await this.#call(
      'get-request-history-request',
      `<request-id>${escape(requestId)}</request-id><task-id>${escape(taskId)}</task-id>`,
    );
    const times = texts(reply, 'event-time');
    // the outer and the inner element are both called event; the inner one has the text
    const events = texts(reply, 'event').filter((text) => text.trim() !== '');
    return events.map((event, index) => ({ event, time: times[index] ?? '' }));
  }

  /** The address to send a signer to. */
  taskUrl(requestId: string, taskId: string): string {
    const { baseUrl, service } = this.#options;
    const query = `request_id=${encodeURIComponent(requestId)}&task_id=${encodeURIComponent(taskId)}`;
    return `${baseUrl}/std/docaction/${encodeURIComponent(service)}?${query}`;
  }
}
