import { archiveService } from '@segl/server/http/soap/archive/service';
import { documentServiceV2 } from '@segl/server/http/soap/document-v2/service';
import { documentServiceV3 } from '@segl/server/http/soap/document-v3/service';
import type { SoapReply } from '@segl/server/http/soap/faults';
import { packagingServices } from '@segl/server/http/soap/packaging/packaging-service';
import { sealingService } from '@segl/server/http/soap/packaging/sealing-service';
import { answer, type SoapService } from '@segl/server/http/soap/service';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { MemoryServices } from './memory-services.ts';

/** Namespace of a service and version, e.g. `Document-v3`. */
export const namespaceOf = (version: string): string => `https://id.signicat.com/definitions/wsdl/${version}`;

export const V3 = namespaceOf('Document-v3');
export const V2 = namespaceOf('Document-v2');
export const base = 'https://sign.example.com';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const credentials = '<service>demo</service><password>Bond007</password>';

/** An envelope around `body`; the prefixes soap, xsi and tns are bound. */
export const envelope = (body: string, namespace = V3): string =>
  `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="${XSI}" xmlns:tns="${namespace}">` +
  `<soap:Body>${body}</soap:Body></soap:Envelope>`;

/** `create-request-request` in the default namespace around one `request` with this content. */
export const createRequest = (content: string, namespace = V3): string =>
  operation('create-request-request', `<request>${content}</request>`, namespace);

export const operation = (name: string, content: string, namespace = V3): string =>
  envelope(`<${name} xmlns="${namespace}">${credentials}${content}</${name}>`, namespace);

type CallService = (xml: string | Uint8Array, contentType?: string) => Promise<SoapReply>;

function caller(service: SoapService): CallService {
  return (xml, contentType) =>
    answer(service, { bytes: Buffer.from(xml), contentType, baseUrl: base }, silentLogger);
}

/** A DocumentService in front of a desk in memory, called without a network. */
export function documentService(version: 2 | 3 = 3): { api: MemoryServices; call: CallService } {
  const api = new MemoryServices();
  return {
    api,
    call: caller(version === 3 ? documentServiceV3(api, api) : documentServiceV2(api, api)),
  };
}

/** The services beside it, in front of one desk in memory; `packaging` by version. */
export function otherServices(): {
  api: MemoryServices;
  packaging: (version: 1 | 2 | 3 | 4) => CallService;
  seal: CallService;
  archive: CallService;
} {
  const api = new MemoryServices();
  const versions = packagingServices(api).map(caller);
  return {
    api,
    packaging: (version) => versions[version - 1]!,
    seal: caller(sealingService(api)),
    archive: caller(archiveService(api)),
  };
}

/** All contents of elements with this name, unescaped only as far as tests need it. */
export const texts = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}[^>/]*>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => text);
