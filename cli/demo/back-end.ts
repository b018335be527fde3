/**
 * The back end of the demo: what a company's own system does, over the network, with a SOAP client of its own that knows of
 * the service what its WSDL says.
 */
export interface BackEndOptions {
  readonly baseUrl: string;
  readonly service: string;
  readonly password: string;
}

export interface OrderInput {
  readonly sdsId: string;
  readonly title: string;
  /** First one first. */
  readonly signers: readonly {
    readonly nationalId: string;
    readonly firstName: string;
    readonly lastName: string;
    /** Another than that of the order. */
    readonly method?: string;
  }[];
  /** Name of the method to sign with. */
  readonly method: string;
  readonly callbackUrl: string;
  readonly language: 'da' | 'en';
}

const XSI = { 'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance' };

/** What replies hold of what the demo reads; elements that may occur more than once are lists. */
interface Replies {
  readonly createRequest: { readonly 'request-id': readonly string[] };
  readonly getStatus: {
    readonly 'task-status-info': readonly {
      readonly 'task-id': string;
      readonly 'task-status': string;
      readonly 'document-status'?: readonly { readonly 'result-uri'?: string }[];
    }[];
  };
  readonly getPackagingTaskStatus: {
    readonly 'packaging-task-status-info': readonly {
      readonly 'packaging-task-status': string;
      readonly 'packaging-document-status'?: readonly { readonly 'result-uri'?: string }[];
    }[];
  };
  readonly getRequestHistory: {
    readonly event?: readonly { readonly event: string; readonly 'event-time': Date }[];
  };
}

/** What node-soap makes of the operations of a WSDL: `NAMEAsync`, whose answer comes first. */
type Operations = Readonly<Record<string, (input: object) => Promise<readonly unknown[]>>>;

/** Made from the WSDL that the service serves. The package is installed with the others, unless optional ones are left out. */
async function openClient(wsdl: string): Promise<Operations> {
  const { createClientAsync } = await import('soap');
  return createClientAsync(wsdl, { disableCache: true });
}

interface SoapFault {
  readonly root?: {
    readonly Envelope?: { readonly Body?: { readonly Fault?: { readonly faultstring?: string } } };
  };
}

export class BackEnd {
  readonly #options: BackEndOptions;
  readonly #authorization: string;
  #client: Promise<Operations> | undefined;

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

  /** Throws an Error with the text of the fault. */
  async #call<Operation extends keyof Replies>(
    operation: Operation,
    input: object,
  ): Promise<Replies[Operation]> {
    const { baseUrl, service, password } = this.#options;
    this.#client ??= openClient(`${baseUrl}/ws/documentservice-v3?wsdl`);
    const client = await this.#client;
    try {
      const [reply] = await client[`${operation}Async`]!({ service, password, ...input });
      return reply as Replies[Operation];
    } catch (error) {
      const { faultstring } = (error as SoapFault).root?.Envelope?.Body?.Fault ?? {};
      throw new Error(`${operation}: ${faultstring ?? (error as Error).message}`, { cause: error });
    }
  }

  /** Orders a signature of each signer, one after the other, and a PAdES of all. */
  async createRequest(order: OrderInput): Promise<string> {
    const document = {
      attributes: { 'xsi:type': 'tns:sds-document', ...XSI, id: 'agreement', 'ref-sds-id': order.sdsId },
      'external-reference': 'demo-agreement-1',
      description: order.title,
    };
    const tasks = order.signers.map((signer, index) => ({
      attributes: { id: `task_${index + 1}`, bundle: 'false' },
      subject: {
        attributes: { id: `subject_${index + 1}` },
        'national-id': signer.nationalId,
        'first-name': signer.firstName,
        'last-name': signer.lastName,
      },
      'document-action': [{ attributes: { type: 'sign' }, 'document-ref': 'agreement' }],
      ...(index > 0 && { 'depends-on-task': [`task_${index}`] }),
      signature: [{ attributes: { responsive: 'true' }, method: [signer.method ?? order.method] }],
    }));
    const reply = await this.#call('createRequest', {
      request: [
        {
          language: order.language,
          document: [document],
          task: tasks,
          'client-reference': 'demo',
          notification: [
            {
              attributes: { type: 'URL', 'notification-id': 'done' },
              recipient: order.callbackUrl,
              message: '-',
            },
          ],
          'packaging-task': [
            {
              attributes: { 'packaging-task-id': 'evidence', method: 'pades' },
              'packaging-task-document': tasks.map(({ attributes }) => ({
                attributes: { 'task-id': attributes.id, 'document-id': 'agreement' },
              })),
            },
          ],
        },
      ],
    });
    const [requestId] = reply['request-id'];
    if (!requestId) throw new Error('createRequest answered no request-id');
    return requestId;
  }

  /** Task statuses by task id, and the addresses of the results. */
  async getStatus(requestId: string): Promise<{ statuses: Map<string, string>; resultUris: string[] }> {
    const { 'task-status-info': tasks } = await this.#call('getStatus', { 'request-id': [requestId] });
    return {
      statuses: new Map(tasks.map((task) => [task['task-id'], task['task-status']])),
      resultUris: tasks.flatMap((task) =>
        (task['document-status'] ?? []).flatMap((document) => document['result-uri'] ?? []),
      ),
    };
  }

  async getPackagingResult(requestId: string): Promise<{ status: string; resultUri: string | undefined }> {
    const reply = await this.#call('getPackagingTaskStatus', { 'request-id': [requestId] });
    const [info] = reply['packaging-task-status-info'];
    return {
      status: info?.['packaging-task-status'] ?? '',
      resultUri: info?.['packaging-document-status']?.[0]?.['result-uri'],
    };
  }

  /** Event types and times of a task's history. */
  async getHistory(requestId: string, taskId: string): Promise<{ event: string; time: string }[]> {
    const { event: events = [] } = await this.#call('getRequestHistory', {
      'request-id': requestId,
      'task-id': taskId,
    });
    return events.map(({ event, 'event-time': time }) => ({ event, time: time.toISOString() }));
  }

  /** The address to send a signer to. */
  taskUrl(requestId: string, taskId: string): string {
    const { baseUrl, service } = this.#options;
    const query = `request_id=${encodeURIComponent(requestId)}&task_id=${encodeURIComponent(taskId)}`;
    return `${baseUrl}/std/docaction/${encodeURIComponent(service)}?${query}`;
  }
}
