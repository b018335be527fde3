/**
 * Proxies in front of the service, and what they may say about the client behind them. Nobody is believed who is not
 * listed: forwarding headers of others are gone before anything can read them.
 */
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '../problems.ts';
import { isIP } from 'node:net';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.ts';
import { networkList } from '../adapters/outbound/addresses.ts';
import { isHost } from './base-url.ts';

/** True for the address of a proxy whose word counts. */
export type ProxyRule = (address: string | undefined) => boolean;

/** What the client used and where it comes from, as far as trusted proxies say so. */
interface ClientSide {
  readonly ip?: string;
  readonly host?: string;
  readonly scheme?: 'http' | 'https';
}

type Reader = (headers: IncomingHttpHeaders, trusted: ProxyRule) => ClientSide;

/** The headers by FORWARDED_HEADERS. One family only: a proxy that writes one passes the client's own other one on. */
const readers: Readonly<Record<string, Reader>> = { 'x-forwarded': readXForwarded, forwarded: readForwarded };

const allHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'] as const;

/** Undefined when nobody is trusted. Throws CONFIG_INVALID. */
export function proxyRule(networks: readonly string[]): ProxyRule | undefined {
  if (networks.length === 0) return undefined;
  try {
    const list = networkList(networks);
    return (address) => {
      const plain = readAddress(address ?? '');
      return plain !== undefined && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
    };
  } catch (cause) {
    const must = serverProblems.of('setting/networks');
    const value = networks.join(', ');
    const problems = [generalProblems.of('setting/wrong', { setting: 'TRUSTED_PROXIES', must, value })];
    throw serverProblems.error('CONFIG_INVALID', { problems }, { cause });
  }
}

/**
 * Makes `request.ip`, `.host` and `.protocol` tell what the client used. `app` must be made with `trustProxy: trusted`,
 * and routes must be added after this. Throws CONFIG_INVALID.
 */
export function heedProxies(
  app: FastifyInstance,
  trusted: ProxyRule,
  { forwardedHeaders }: Pick<Config, 'forwardedHeaders'>,
): void {
  const read = Object.hasOwn(readers, forwardedHeaders) ? readers[forwardedHeaders] : undefined;
  if (!read) {
    const must = generalProblems.of('setting/alternatives', { allowed: Object.keys(readers) });
    const value = forwardedHeaders;
    const problems = [generalProblems.of('setting/wrong', { setting: 'FORWARDED_HEADERS', must, value })];
    throw serverProblems.error('CONFIG_INVALID', { problems });
  }
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers, socket } = request.raw;
    const said = trusted(socket.remoteAddress) ? read(headers, trusted) : {};
    for (const name of allHeaders) delete headers[name];
    if (said.ip !== undefined) headers['x-forwarded-for'] = said.ip;
    if (said.host !== undefined) headers['x-forwarded-host'] = said.host;
    if (said.scheme !== undefined) headers['x-forwarded-proto'] = said.scheme;
    done();
  });
}

/** An IP address, with or without a port, brackets, or the IPv6 form of an IPv4 address (RFC 7239 §6). */
function readAddress(text: string): string | undefined {
  const [, bracketed, plain = text] =
    /^\[([^\]]*)\](?::\d{1,5})?$|^(\d+(?:\.\d+){3})(?::\d{1,5})?$/.exec(text) ?? [];
  const address = (bracketed ?? plain).replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) === 0 ? undefined : address;
}

const readScheme = (text: string | undefined): 'http' | 'https' | undefined => {
  const scheme = text?.toLowerCase();
  return scheme === 'http' || scheme === 'https' ? scheme : undefined;
};

/**
 * X-Forwarded-For is read from its end, where the nearest proxy wrote, up to the first address that is no proxy's. Of
 * the other two the last value counts: whatever stands before it may be the client's own.
 */
function readXForwarded(headers: IncomingHttpHeaders, trusted: ProxyRule): ClientSide {
  const values = (name: (typeof allHeaders)[number]): string[] =>
    String(headers[name] ?? '')
      .split(',')
      .map((value) => value.trim());
  let ip: string | undefined;
  for (const value of values('x-forwarded-for').reverse()) {
    const address = readAddress(value);
    if (address === undefined) break;
    ip = address;
    if (!trusted(address)) break;
  }
  return clientSide(ip, values('x-forwarded-host').at(-1), values('x-forwarded-proto').at(-1));
}

/** Forwarded (RFC 7239): one element a proxy, read from the end up to the one that names a client, not a proxy. */
function readForwarded(headers: IncomingHttpHeaders, trusted: ProxyRule): ClientSide {
  let ip: string | undefined;
  let host: string | undefined;
  let scheme: string | undefined;
  for (const element of readElements(headers.forwarded ?? '').reverse()) {
    host = element.get('host') ?? host;
    scheme = element.get('proto') ?? scheme;
    const address = readAddress(element.get('for') ?? '');
    if (address === undefined) break;
    ip = address;
    if (!trusted(address)) break;
  }
  return clientSide(ip, host, scheme);
}

function clientSide(
  ip: string | undefined,
  host: string | undefined,
  scheme: string | undefined,
): ClientSide {
  const known = readScheme(scheme);
  return {
    ...(ip !== undefined && { ip }),
    ...(host !== undefined && isHost(host) && { host }),
    ...(known !== undefined && { scheme: known }),
  };
}

// name=token or name="quoted", and what ends it: the next pair, the next element, or the header
const pair = /\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+))\s*(;|,|$)/y;

/** Parameters of each element by lower-case name; a header that is not well-formed says nothing. */
function readElements(header: string): ReadonlyMap<string, string>[] {
  const elements: Map<string, string>[] = [];
  let current = new Map<string, string>();
  pair.lastIndex = 0;
  while (pair.lastIndex < header.length) {
    const [whole, name = '', quoted, token = '', end] = pair.exec(header) ?? [];
    if (whole === undefined) return [];
    current.set(name.toLowerCase(), quoted === undefined ? token : quoted.replace(/\\(.)/g, '$1'));
    if (end === ';') continue;
    elements.push(current);
    current = new Map();
  }
  return elements;
}
