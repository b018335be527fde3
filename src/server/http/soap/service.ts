/**
 * One SOAP service: its WSDL, and for each operation a function from what the request says to what the reply says.
 * Everything between that and the bytes is done here, the same for every service and version.
 */
import { serverProblems } from '../../problems.ts';
import type { Logger } from '../../adapters/telemetry/log.ts';
import type { Caller } from '../../domain/order/caller.ts';
import type { Account } from '../../domain/order/account.ts';
import type { InvalidValue } from '../../domain/order/invalid-value.ts';
import { projectFile } from '../../paths.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import {
  readEnvelope,
  soapMediaType,
  versionOfMediaType,
  writeEnvelope,
  type SoapVersion,
} from './envelope.ts';
import { faultReply, tellable, type SoapReply } from './faults.ts';
import { InvalidValues } from './invalid-values.ts';
import type { WireObject } from './wire-value.ts';
import { loadWsdl, type Wsdl, type WsdlOperation } from './wsdl.ts';
import type { XmlElement } from './xml-tree.ts';

export interface Call {
  readonly input: WireObject;
  readonly account: Account;
  /** Scheme and host that the caller used; URIs in replies begin with it. */
  readonly baseUrl: string;
}

/** undefined: the reply's Body is empty. */
export type Operation = (call: Call) => Promise<WireObject | undefined>;

/**
 * What the order's rules say against a request, by paths from its payload, without doing anything. It is asked for
 * requests that the schema has refused already, so that their sender learns everything in one answer; what could not be
 * read is missing in `input`.
 */
export type Judge = (call: Omit<Call, 'baseUrl'>) => Promise<readonly InvalidValue[]>;

export interface SoapService {
  /** e.g. `/ws/documentservice-v3` */
  readonly path: string;
  readonly wsdl: Wsdl;
  /** By the WSDL's operation name; all of them. */
  readonly operations: ReadonlyMap<string, Operation>;
  /** By the WSDL's operation name; those whose requests can be wrong in more than their form. */
  readonly judges: ReadonlyMap<string, Judge>;
  /** See `DecodeOptions`. */
  readonly mayBeMissing: ReadonlySet<string>;
  authenticate(service: string, password: string, caller?: Caller): Promise<Account>;
}

/**
 * The service whose WSDL is `wsdl/{name}.wsdl`, at `/ws/{name}`. Throws when an operation of the WSDL has no function,
 * or a function no operation: a mistake of ours that shows at start.
 */
export function soapService(
  name: string,
  api: Pick<SoapService, 'authenticate'>,
  operations: Readonly<Record<string, Operation>>,
  more: {
    readonly mayBeMissing: readonly string[];
    readonly judges?: Readonly<Record<string, Judge>>;
  },
): SoapService {
  const wsdl = loadWsdl(projectFile('wsdl', `${name}.wsdl`));
  const described = [...wsdl.operations.values()].map((operation) => operation.name);
  const made = Object.keys(operations);
  if (described.sort().join() !== made.sort().join()) {
    throw new Error(`${name} describes ${described.join(', ')} and has ${made.join(', ')}`);
  }
  return {
    path: `/ws/${name}`,
    wsdl,
    operations: new Map(Object.entries(operations)),
    judges: new Map(Object.entries(more.judges ?? {})),
    mayBeMissing: new Set(more.mayBeMissing),
    authenticate: (service, password, caller) => api.authenticate(service, password, caller),
  };
}

export interface SoapRequest {
  readonly bytes: Uint8Array;
  readonly contentType?: string | undefined;
  readonly baseUrl: string;
  /** Absent where certificates of callers are not in use. */
  readonly caller?: Caller | undefined;
}

/** The operation is the Body's element (soapAction is empty in this contract); its namespace may be missing. */
function findOperation({ wsdl }: SoapService, payload: XmlElement): WsdlOperation {
  const { namespace } = wsdl.schema;
  const operation = wsdl.operations.get(payload.local);
  if (!operation || (payload.namespace !== '' && payload.namespace !== namespace)) {
    throw serverProblems.error('OPERATION_UNKNOWN', { operation: payload.local.slice(0, 60), namespace });
  }
  return operation;
}

const childText = (payload: XmlElement, local: string): string =>
  payload.children.find((child) => child.local === local)?.text ?? '';

async function perform(
  service: SoapService,
  payload: XmlElement,
  { baseUrl, caller }: SoapRequest,
  log: Logger,
): Promise<string> {
  const started = performance.now();
  const operation = findOperation(service, payload);
  const [name, password] = [childText(payload, 'service'), childText(payload, 'password')];
  const account = await service.authenticate(name, password, caller);
  const run = service.operations.get(operation.name);
  const { schema } = service.wsdl;
  const type = schema.elements.get(operation.input);
  if (!run || !type) throw new Error(`${service.path} has no ${operation.name}`);
  const invalid = new InvalidValues();
  const input = decode(schema, type, payload, invalid, service);
  if (!invalid.isEmpty) {
    const judged = await service.judges.get(operation.name)?.({ input, account });
    invalid.addJudged(judged ?? [], operation.input, input);
    invalid.throwIfAny();
  }

  const output = await run({ input, account, baseUrl });
  const reply = operation.output && output ? encode(schema, operation.output, output) : '';
  log.info(
    { operation: operation.name, service: account.service, ms: Math.round(performance.now() - started) },
    'soap call',
  );
  return reply;
}

/** Answers a request; never throws. Every failure becomes a fault in the caller's SOAP version. */
export async function answer(service: SoapService, request: SoapRequest, log: Logger): Promise<SoapReply> {
  let version: SoapVersion = versionOfMediaType(request.contentType);
  try {
    const envelope = readEnvelope(request.bytes, request.contentType);
    version = envelope.version;
    const body = writeEnvelope(version, await perform(service, envelope.payload, request, log));
    return { status: 200, contentType: soapMediaType[version], body };
  } catch (error) {
    const told = tellable(error, log);
    log.info({ code: told.code, path: service.path }, 'soap fault');
    return faultReply(told, version);
  }
}
