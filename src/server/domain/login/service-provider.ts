/** Service providers of SAML 2.0, and which of their requests are taken. Pure. */
import { ASSURANCES, type Assurance } from '@segl/identity/method';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../../problems.ts';

/** What the metadata of a service provider says, and what was said when it was registered. */
export interface ServiceProvider {
  readonly entityId: string;
  /** Assertion consumer services that take HTTP-POST: the only addresses that answers go to. */
  readonly consumers: readonly Consumer[];
  /** Only requests that it signed are taken. */
  readonly signsRequests: boolean;
  /** DER, base64: keys that it signs with. */
  readonly signing: readonly string[];
  /** DER, base64: the key that assertions are encrypted to; absent: they are not. */
  readonly encryption?: string;
}

export interface Consumer {
  readonly index: number;
  readonly location: string;
  readonly isDefault: boolean;
}

/** A request as it came (SAML Core section 3.4.1). */
export interface AuthnRequest {
  readonly id: string;
  readonly issuer: string;
  readonly issuedAt: Date;
  /** Its signature was verified with a key of the metadata. */
  readonly isSigned: boolean;
  readonly destination?: string;
  readonly consumerUrl?: string;
  readonly consumerIndex?: number;
  readonly binding?: string;
  readonly isPassive: boolean;
  readonly nameIdFormat?: string;
  readonly contexts: readonly string[];
  readonly comparison: string;
  readonly relayState?: string;
}

/** Minutes that a request is taken after it was made. */
export const REQUEST_MINUTES = 5;

/** Minutes that clocks of others may be ahead. */
export const SKEW_MINUTES = 3;

/** Characters of a request's id. */
export const LONGEST_REQUEST_ID = 256;

const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
const MINUTE = 60_000;

/** Where the answer goes: the consumer that the request names, or the default. Undefined: the metadata has no such one. */
export function consumerOf(
  { consumerUrl, consumerIndex }: Pick<AuthnRequest, 'consumerUrl' | 'consumerIndex'>,
  { consumers }: Pick<ServiceProvider, 'consumers'>,
): string | undefined {
  if (consumerUrl !== undefined && consumerIndex !== undefined) return undefined;
  if (consumerUrl !== undefined) return consumers.find(({ location }) => location === consumerUrl)?.location;
  if (consumerIndex !== undefined) return consumers.find(({ index }) => index === consumerIndex)?.location;
  return (consumers.find(({ isDefault }) => isDefault) ?? consumers[0])?.location;
}

/** Why a request is not taken, whoever sent it; undefined: it is. `destination`: the address that it came to. */
export function requestProblem(
  request: AuthnRequest,
  provider: ServiceProvider,
  { now, destination }: { readonly now: Date; readonly destination: string },
): Problem | undefined {
  const age = now.getTime() - request.issuedAt.getTime();
  if (provider.signsRequests && !request.isSigned) return serverProblems.of('authn-request/unsigned');
  // a signed request has to say whom it is for (SAML Bindings section 3.4.5.2, 3.5.5.2)
  const isForUs =
    request.destination === destination || (!request.isSigned && request.destination === undefined);
  if (!isForUs) return serverProblems.of('authn-request/destination');
  if (!(age <= REQUEST_MINUTES * MINUTE && age >= -SKEW_MINUTES * MINUTE))
    return serverProblems.of('authn-request/time');
  if (request.binding !== undefined && request.binding !== POST)
    return serverProblems.of('authn-request/binding');
  if (consumerOf(request, provider) === undefined) return serverProblems.of('authn-request/consumer');
  return undefined;
}

const CONTEXTS = {
  eidas: (level: Assurance) => `http://eidas.europa.eu/LoA/${level}`,
  nsis: (level: Assurance) =>
    `https://data.gov.dk/concept/core/nsis/loa/${level[0]!.toUpperCase()}${level.slice(1)}`,
} as const;

/** How a context class is called: by the method, or by its level on a scale. */
export type ContextScale = 'method' | keyof typeof CONTEXTS;

/** The context class of a log-on, in the words of whoever asked. */
export const contextClass = (
  scale: ContextScale,
  { method, assurance }: { readonly method: string; readonly assurance: Assurance },
): string => (scale === 'method' ? `${METHOD}${method}` : CONTEXTS[scale](assurance));

const METHOD = 'urn:segl:login:';
const UNSPECIFIED = 'urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified';

/** What a requested context comes to (SAML Core section 3.3.2.2.1). */
export interface AskedContext {
  /** None: whatever there is. */
  readonly methods: readonly string[];
  /** That do; none: all. */
  readonly levels: readonly Assurance[];
  readonly scale: ContextScale;
}

const COMPARE: Readonly<Record<string, (given: number, asked: number) => boolean>> = {
  exact: (given, asked) => given === asked,
  minimum: (given, asked) => given >= asked,
  maximum: (given, asked) => given <= asked,
  better: (given, asked) => given > asked,
};

/** Undefined: none of the contexts is known. */
export function askedContext({
  contexts,
  comparison,
}: Pick<AuthnRequest, 'contexts' | 'comparison'>): AskedContext | undefined {
  const any: AskedContext = { methods: [], levels: [], scale: 'method' };
  if (contexts.length === 0 || contexts.includes(UNSPECIFIED)) return any;
  const methods = contexts.filter((one) => one.startsWith(METHOD)).map((one) => one.slice(METHOD.length));
  if (methods.length > 0) return comparison === 'exact' ? { ...any, methods } : undefined;
  for (const scale of Object.keys(CONTEXTS) as (keyof typeof CONTEXTS)[]) {
    const asked = ASSURANCES.flatMap((level, place) =>
      contexts.includes(CONTEXTS[scale](level)) ? [place] : [],
    );
    const compare = Object.hasOwn(COMPARE, comparison) ? COMPARE[comparison] : undefined;
    if (asked.length === 0 || !compare) continue;
    const levels = ASSURANCES.filter((_, given) => asked.some((one) => compare(given, one)));
    return levels.length > 0 ? { methods: [], levels, scale } : undefined;
  }
  return undefined;
}

const NAME_ID_FORMATS = {
  persistent: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  transient: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
  unspecified: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
} as const;
export type NameIdKind = keyof typeof NAME_ID_FORMATS;

export const nameIdFormat = (kind: NameIdKind): string => NAME_ID_FORMATS[kind];

/** Undefined: persons are not named in that form. */
export const nameIdKind = (format: string | undefined): NameIdKind | undefined =>
  format === undefined
    ? 'unspecified'
    : (Object.keys(NAME_ID_FORMATS) as NameIdKind[]).find((kind) => NAME_ID_FORMATS[kind] === format);
