/**
 * Certificates of calling systems, of an accepted chain: FOCES and VOCES of OCES2, those of organisations and systems of OCES3.
 * Judged when they are shown, with the rules of the moment; nothing here applies to signatures that were made in their time.
 */
import { reasonOf, type Problem } from '@segl/problem/problem';
import { isSeglError, type SeglError } from '@segl/problem/errors';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { buildPath } from '@segl/pki/x509/path';
import { namesStatusSource, type RevocationService } from '@segl/pki/revocation/revocation';
import { goodStatus } from '@segl/pki/revocation/validate';
import { namesIn, policiesOf, type OcesIdentity } from './certificate.ts';
import { readOcesPath, type EnvironmentName, type OcesEnvironment } from './environments.ts';
import { isOces3, oces3Named, organisationPolicy, readOces3 } from './oces3.ts';
import { ocesProblems } from './problems.ts';

/** The types of certificates that systems show, by what their identifiers are called: of companies, functions, organisations. */
export const CALLER_TYPES = { UID: 'VOCES', FID: 'FOCES', UUID: 'OCES3' } as const;
export type CallerKind = keyof typeof CALLER_TYPES;
const KINDS = Object.keys(CALLER_TYPES) as CallerKind[];

/** Who a function or company certificate names: the same after each renewal. */
export interface CallerId {
  readonly cvr: string;
  readonly kind: CallerKind;
  /** Digits, whose number is not fixed; of OCES3 a UUID in lower case. */
  readonly identifier: string;
}

export interface CallerRules {
  readonly environment: OcesEnvironment;
  /** Names (CN) from the anchor down to the issuer, joined by ` > `; `*` stands for any text. */
  readonly chains: readonly string[];
  /** From this moment on OCES2 is refused; undefined: never. The sandbox is not OCES2 and knows no end. */
  readonly oces2Ends: Date | undefined;
  /** Issuing authorities (DER) besides those of the environment and those that callers send along. */
  readonly intermediates: readonly Uint8Array[];
}

/** Authorities of the test system have the same names; what tells them apart are the anchors of the environment. */
const DEN_DANSKE_STAT = 'Den Danske Stat OCES rod-CA > Den Danske Stat OCES udstedende-CA *';

/** Chains that are accepted where the operator says nothing. */
export const DEFAULT_CHAINS: Readonly<Record<EnvironmentName, readonly string[]>> = {
  production: ['TRUST2408 OCES Primary CA > TRUST2408 OCES CA *', DEN_DANSKE_STAT],
  test: [
    DEN_DANSKE_STAT,
    'TRUST2408 Systemtest VII Primary CA > TRUST2408 Systemtest VII CA',
    'TRUST2408 Systemtest VII Primary CA > TRUST2408 Systemtest XIX CA',
  ],
  sandbox: ['*'],
};

/** Its own certificate. Throws CALLER_CERTIFICATE_UNREADABLE. */
export function readCallerCertificate(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (cause) {
    const why = isSeglError(cause) ? cause.problem : ocesProblems.of('caller/not-a-certificate');
    throw ocesProblems.error('CALLER_CERTIFICATE_UNREADABLE', { why }, { cause });
  }
}

/**
 * Who the certificate names, by its path, chain, validity and type at the time `at`; its status is not asked for.
 * `others` (DER) came along with it; what cannot be read of them is passed over. Throws CALLER_CERTIFICATE_EXPIRED,
 * CALLER_CHAIN_REFUSED, CALLER_TYPE_REFUSED, CALLER_OCES2_ENDED.
 */
export function identifyCaller(
  leaf: Certificate,
  others: readonly Uint8Array[],
  rules: CallerRules,
  at: Date,
): { readonly id: CallerId; readonly path: readonly Certificate[] } {
  if (!leaf.isValidAt(at)) {
    const { notBefore, notAfter } = leaf;
    const what =
      at < notBefore
        ? ocesProblems.of('caller/not-yet-valid', { notBefore })
        : ocesProblems.of('caller/expired', { notAfter });
    throw ocesProblems.error('CALLER_CERTIFICATE_EXPIRED', { what });
  }
  const path = pathOf(leaf, others, rules, at);
  requireChain(path, rules);
  const { environment, oces2Ends } = rules;
  const id = idOf(path, environment);
  if (id.kind !== 'UUID' && environment.name !== 'sandbox' && oces2Ends && at >= oces2Ends) {
    throw ocesProblems.error('CALLER_OCES2_ENDED', { end: oces2Ends });
  }
  return { id, path };
}

/**
 * The same, and that neither it nor an authority above it is revoked. Throws besides CALLER_CERTIFICATE_REVOKED, and
 * CALLER_STATUS_UNKNOWN when nobody tells.
 */
export async function judgeCaller(
  leaf: Certificate,
  others: readonly Uint8Array[],
  rules: CallerRules,
  { at, revocation }: { readonly at: Date; readonly revocation: RevocationService },
): Promise<CallerId> {
  const { id, path } = identifyCaller(leaf, others, rules, at);
  const asked = path
    .slice(0, -1)
    .map((certificate, index) => ({ certificate, issuer: path[index + 1]!, isLeaf: index === 0 }))
    .filter(({ certificate, isLeaf }) => isLeaf || namesStatusSource(certificate));
  const told = await Promise.allSettled(
    asked.map(({ certificate, issuer }) => goodStatus(certificate, issuer, revocation)),
  );
  const failures = told.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  // one that is revoked is so whether or not the others can be asked about
  const cause = failures.find((failure) => isSeglError(failure, 'CERT_REVOKED')) ?? failures[0];
  if (cause === undefined) return id;
  if (!isSeglError(cause)) throw cause;
  if (cause.code !== 'CERT_REVOKED') throw ocesProblems.error('CALLER_STATUS_UNKNOWN', {}, { cause });
  const { when } = cause.params as { readonly when: Problem };
  throw ocesProblems.error('CALLER_CERTIFICATE_REVOKED', { when }, { cause });
}

function pathOf(
  leaf: Certificate,
  others: readonly Uint8Array[],
  { environment, intermediates }: CallerRules,
  at: Date,
): Certificate[] {
  const hierarchy = isOces3(leaf) ? environment.oces3 : environment;
  const known = [...hierarchy.intermediates, ...intermediates];
  try {
    return buildPath({
      leaf,
      intermediates: [...known, ...others].flatMap((der) => readable(der) ?? []),
      anchors: hierarchy.anchors.map(parseCertificate),
      at,
    });
  } catch (cause) {
    if (!isSeglError(cause)) throw cause;
    throw ocesProblems.error('CALLER_CHAIN_REFUSED', { why: reasonOf(cause) }, { cause });
  }
}

function readable(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch {
    return undefined;
  }
}

function requireChain(path: readonly Certificate[], { chains, environment }: CallerRules): void {
  const names = path.slice(1).map(({ commonName }) => commonName);
  const chain = names.reverse().join(' > ');
  if (chains.some((pattern) => matchesPattern(pattern, chain))) return;
  const why = ocesProblems.of('caller/chain-not-accepted', { chain, environment: environment.name });
  throw ocesProblems.error('CALLER_CHAIN_REFUSED', { why });
}

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

const matchesPattern = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`).test(text);

function idOf(path: readonly Certificate[], environment: OcesEnvironment): CallerId {
  try {
    return isOces3(path[0]!) ? oces3Id(path[0]!, environment) : oces2Id(path, environment);
  } catch (cause) {
    if (!isSeglError(cause, 'OCES_INVALID')) throw cause;
    throw ocesProblems.error('CALLER_TYPE_REFUSED', { why: reasonOf(cause) }, { cause });
  }
}

const namesPerson = (type: string): SeglError =>
  ocesProblems.error('OCES_INVALID', { why: ocesProblems.of('caller/names-a-person', { type }) });

function oces2Id(path: readonly Certificate[], environment: OcesEnvironment): CallerId {
  const identity = readOcesPath(path, environment);
  const id = callerId(identity);
  if (!id) throw namesPerson(identity.type);
  return id;
}

function oces3Id(leaf: Certificate, { oces3 }: OcesEnvironment): CallerId {
  const { holder, cvr, uuid } = readOces3(leaf, oces3.policyPrefix);
  if (holder === 'employee') throw namesPerson(holder);
  return { cvr, kind: 'UUID', identifier: uuid };
}

function callerId({
  type,
  cvr,
  identifier,
}: Pick<OcesIdentity, 'type' | 'cvr' | 'identifier'>): CallerId | undefined {
  const kind = KINDS.find((one) => CALLER_TYPES[one] === type);
  return kind && cvr !== undefined ? { cvr, kind, identifier } : undefined;
}

/** Whom a certificate says that it names, which nobody has judged. */
export function claimedCaller(certificate: Certificate): CallerId | undefined {
  const named = oces3Named(certificate);
  if (named?.holder === 'organisation') return { cvr: named.cvr, kind: 'UUID', identifier: named.uuid };
  return namesIn(certificate)
    .map(callerId)
    .find((id) => id !== undefined);
}

/** Policies that certificates of callers are issued under. */
export const callerPolicies = ({ policies, oces3 }: OcesEnvironment): string[] => [
  ...policiesOf('VOCES', policies),
  ...policiesOf('FOCES', policies),
  organisationPolicy(oces3.policyPrefix),
];
