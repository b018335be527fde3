import { documentServiceV3 } from '../../src/contract/document-v3/service.ts';
import { answer } from '../../src/contract/service.ts';
import type { SoapReply } from '../../src/contract/faults.ts';
import { silentLogger } from '../../src/log.ts';
import { MemoryDesk } from './memory-desk.ts';

export const V3 = 'https://id.signicat.com/definitions/wsdl/Document-v3';
export const base = 'https://sign.example.com';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const credentials = '<service>demo</service><password>Bond007</password>';

/** An envelope around `body`; the prefixes soap, xsi and tns are bound. */
export const envelope = (body: string): string =>
  `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="${XSI}" xmlns:tns="${V3}">` +
  `<soap:Body>${body}</soap:Body></soap:Envelope>`;

/** `create-request-request` in the default namespace around one `request` with this content. */
export const createRequest = (content: string): string =>
  operation('create-request-request', `<request>${content}</request>`);

export const operation = (name: string, content: string): string =>
  envelope(`<${name} xmlns="${V3}">${credentials}${content}</${name}>`);

/** A DocumentService v3 in front of a desk in memory, called without a network. */
export function documentService(): {
  desk: MemoryDesk;
  call: (xml: string | Uint8Array, contentType?: string) => Promise<SoapReply>;
} {
  const desk = new MemoryDesk();
  const service = documentServiceV3(desk);
  return {
    desk,
    call: (xml, contentType) =>
      answer(service, { bytes: Buffer.from(xml), contentType, baseUrl: base }, silentLogger),
  };
}

/** All contents of elements with this name, unescaped only as far as tests need it. */
export const texts = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}[^>/]*>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => text);
