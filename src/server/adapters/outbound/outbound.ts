/**
 * The one HTTP client for addresses that others chose: callbacks, and the OCSP, time-stamp and identity services that
 * certificates or the configuration name. It connects only to addresses that the rule allows, judged when the
 * connection is made (so a name cannot change its mind in between), follows no redirect and knows no proxy.
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent } from 'undici';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '../../problems.ts';
import { addressRule, type AddressRule } from './addresses.ts';

/** Callbacks say nothing that is worth more; the rest is not read. */
export const MAX_CALLBACK_BODY = 65_536;
export const MAX_POST_BODY = 4_194_304;

export interface OutboundResponse {
  readonly status: number;
  /** Empty when the server sent none. */
  readonly contentType: string;
  readonly body: Uint8Array;
  /** The Retry-After header as it came. */
  readonly retryAfter?: string;
}

export interface Outbound {
  /** GET; at most 64 kB of the body are read. The path and query go over the wire byte for byte as given. */
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<OutboundResponse>;
  /** GET; a body of more than `maxBytes` is an error. */
  fetch(url: string, maxBytes: number): Promise<OutboundResponse>;
  /** POST; a body of more than 4 MB is an error. */
  post(
    url: string,
    body: Uint8Array | string,
    contentType: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<OutboundResponse>;
  close(): Promise<void>;
}

/** All PEM. */
export interface OutboundTls {
  /** Own certificate first, then its issuers. */
  readonly cert?: string;
  readonly key?: string;
  /** Trust anchors; absent: those of Node.js. */
  readonly ca?: string;
}

export interface OutboundOptions {
  /** Internal networks (CIDR) that may be reached. */
  readonly allow: readonly string[];
  /** For the whole request: name, connection, answer. */
  readonly timeoutMs: number;
  /** Who we are to https servers that ask for a client certificate, and whom of them we trust. */
  readonly tls?: OutboundTls;
  /** Name resolution; for tests. */
  readonly lookup?: typeof systemLookup;
}

/** Thrown inside the connector, where only an Error can be handed back: its name leads to an internal address. */
class LeadsInside extends Error {}

class AnswerTooLarge extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super();
    this.limit = limit;
  }
}

/** Throws CONFIG_INVALID when `allow` holds something that is not a network. */
export function createOutbound(options: OutboundOptions): Outbound {
  const { timeoutMs } = options;
  let rule: AddressRule;
  try {
    rule = addressRule(options.allow);
  } catch (cause) {
    const problems = [serverProblems.of('setting/not-networks', { networks: options.allow })];
    throw serverProblems.error('CONFIG_INVALID', { problems }, { cause });
  }
  const agent = new Agent({
    connect: {
      ...options.tls,
      lookup: checkedLookup(rule, options.lookup ?? systemLookup),
      timeout: timeoutMs,
    },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    pipelining: 1,
  });

  async function send(
    target: Target,
    request: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: Uint8Array | string },
    limit: { bytes: number; cut: boolean },
  ): Promise<OutboundResponse> {
    const { host, origin, path } = target;
    try {
      const response = await agent.request({
        ...{ origin, path, method: request.method, headers: request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
        // a kept connection may be closed by the other side at the wrong moment; a callback is one request anyway
        reset: request.method === 'GET',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const body = await readBody(response.body, limit);
      const retryAfter = single(response.headers['retry-after']);
      return {
        status: response.statusCode,
        contentType: single(response.headers['content-type']) ?? '',
        body,
        ...(retryAfter === undefined ? {} : { retryAfter }),
      };
    } catch (cause) {
      if (cause instanceof LeadsInside) throw refused(host, serverProblems.of('outbound/leads-inside'));
      throw serverProblems.error('OUTBOUND_FAILED', { host, why: reason(cause, timeoutMs) }, { cause });
    }
  }

  return {
    get: async (url, headers = {}) =>
      send(
        parseTarget(url, rule),
        { method: 'GET', headers: { ...headers } },
        { bytes: MAX_CALLBACK_BODY, cut: true },
      ),
    fetch: async (url, maxBytes) =>
      send(parseTarget(url, rule), { method: 'GET', headers: {} }, { bytes: maxBytes, cut: false }),
    post: async (url, body, contentType, headers = {}) =>
      send(
        parseTarget(url, rule),
        { method: 'POST', headers: { ...headers, 'content-type': contentType }, body },
        { bytes: MAX_POST_BODY, cut: false },
      ),
    close: () => agent.close(),
  };
}

interface Target {
  readonly host: string;
  readonly origin: string;
  readonly path: string;
}

/** `host` undefined: it cannot be told. */
const refused = (host: string | undefined, why: Problem): SeglError =>
  serverProblems.error('OUTBOUND_REFUSED', {
    host:
      host === undefined
        ? serverProblems.of('outbound/this-address')
        : serverProblems.of('outbound/host', { host }),
    why,
  });

/**
 * Splits a URL without normalizing its path and query: `/a/../b`, `%7e` and doubled slashes stay as they are. What
 * cannot stand in a request line (spaces, controls, anything beyond ASCII) is percent-encoded as UTF-8 (RFC 3987 §3.1).
 */
function parseTarget(url: string, rule: AddressRule): Target {
  const parts = /^(https?):\/\/([^/?#\\]*)([^#]*)/i.exec(url.trim());
  const [, scheme = '', authority = '', rest = ''] = parts ?? [];
  if (!parts || /[\s\p{Cc}]/u.test(authority))
    throw refused(undefined, serverProblems.of('outbound/not-http'));
  if (authority.includes('@'))
    throw refused(authority.replace(/^.*@/s, ''), serverProblems.of('outbound/user-name'));
  let base: URL;
  try {
    base = new URL(`${scheme}://${authority}/`);
  } catch {
    throw refused(undefined, serverProblems.of('outbound/host-invalid'));
  }
  // literal addresses are not looked up, so they are judged here; the URL parser has brought 0x7f.1 and the like into form
  const literal = base.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(literal) !== 0 && !rule(literal))
    throw refused(base.host, serverProblems.of('outbound/internal-address'));
  const path = rest.replace(/[^\x21-\x7e]+/gu, encodeOctets);
  return { host: base.host, origin: base.origin, path: path.startsWith('/') ? path : `/${path}` };
}

const encodeOctets = (text: string): string =>
  [...Buffer.from(text, 'utf8')]
    .map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');

/** Resolves a name and hands on only addresses that the rule allows: the connection is made to one of exactly these. */
function checkedLookup(rule: AddressRule, lookup: typeof systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, '', 4);
      const good = addresses.filter(({ address }) => rule(address));
      const [first] = good;
      if (!first) return callback(new LeadsInside(), '', 4);
      if (options.all) callback(null, good);
      else callback(null, first.address, first.family);
    });
  };
}

async function readBody(
  body: AsyncIterable<Uint8Array> & { destroy(): unknown },
  limit: { bytes: number; cut: boolean },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit.bytes) {
      if (!limit.cut) throw new AnswerTooLarge(limit.bytes);
      break;
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

/** The reason in a few words; never the URL, whose query may hold what is nobody's business. */
function reason(cause: unknown, timeoutMs: number): Problem {
  if (cause instanceof AnswerTooLarge)
    return serverProblems.of('outbound/answer-too-large', { limit: cause.limit });
  const { name, code, message } = cause as NodeJS.ErrnoException;
  if (name === 'TimeoutError' || (code !== undefined && TIMEOUTS.has(code)))
    return serverProblems.of('outbound/no-answer', { ms: timeoutMs });
  return generalProblems.of('foreign/said', { said: code ?? message });
}

/** Codes of the socket and of undici. */
const TIMEOUTS: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);
