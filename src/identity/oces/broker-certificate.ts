/** OCES3 certificates of brokers, with which they seal what somebody did through them. */
import { isSeglError, type SeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import type { Certificate } from '@segl/pki/x509/certificate';
import { environmentOf, OCES_3_POLICIES, type Oces3Hierarchy } from './environments.ts';
import { readOces3, type Oces3Identity } from './oces3.ts';
import { ocesProblems } from './problems.ts';
import { ocesSettings, openEnvironment, type OcesSettings } from './settings.ts';

/** What says whose certificates count. */
export const brokerSettings = ocesSettings;
export type BrokerSettings = OcesSettings;

/** DER. */
export type BrokerAuthorities = Pick<Oces3Hierarchy, 'anchors' | 'intermediates'>;

/** Those of the environment; none where that is one's own and has no anchors. Throws CONFIG_INVALID. */
export async function openBrokerAuthorities(settings: BrokerSettings): Promise<BrokerAuthorities> {
  const { ocesEnvironment: name, ocesTrustFile: file } = settings;
  if (name === 'sandbox' && file === undefined) return { anchors: [], intermediates: [] };
  const { anchors, intermediates } = (await openEnvironment(settings)).oces3;
  return { anchors, intermediates };
}

/** CVR numbers of brokers that are known to seal with OCES3: any organisation can get such a certificate. Signaturgruppen A/S. */
const BROKERS: ReadonlySet<string> = new Set(['29915938']);

const ORGANISATION = /^(?<prefix>\d+(?:\.\d+)*)\.3\.7(?:\.\d+)?$/;

const invalid = (why: Problem): SeglError => ocesProblems.error('OCES_INVALID', { why });

/** Whose certificate it is. */
export interface BrokerCertificate extends Pick<Oces3Identity, 'organization' | 'cvr'> {
  /** Under the anchors of the public test system. */
  readonly isTest: boolean;
}

/**
 * Whose certificate stands at the beginning of a path that was built (leaf first, anchor last), or why it counts for nothing. Under
 * the public anchors it must be that of a known broker, under policies of OCES3; under anchors of one's own the policies have
 * another prefix, and the organisation is whose they make it.
 */
export function readBrokerCertificate(
  path: readonly Certificate[],
): BrokerCertificate | { readonly problem: Problem } {
  try {
    return read(path);
  } catch (error) {
    if (!isSeglError(error, 'OCES_INVALID')) throw error;
    return { problem: reasonOf(error) };
  }
}

function read(path: readonly Certificate[]): BrokerCertificate {
  const [leaf, issuer] = path;
  if (!leaf || !issuer) throw invalid(ocesProblems.of('oces/no-issuer'));
  const environment = environmentOf(path.at(-1)!);
  const prefix = environment ? OCES_3_POLICIES : prefixOf(leaf);
  const { holder, cvr, organization } = readOces3(leaf, prefix);
  if (holder !== 'organisation') throw invalid(ocesProblems.of('caller/names-a-person', { type: holder }));
  if (!leaf.keyUsage?.has('nonRepudiation')) throw invalid(ocesProblems.of('oces/not-committing'));
  if (environment && !BROKERS.has(cvr)) throw invalid(ocesProblems.of('oces/no-broker', { organization }));
  return { cvr, organization, isTest: environment === 'test' };
}

/** Of the policy of organisations; empty where there is none, under which nothing is read. */
const prefixOf = ({ policies }: Certificate): string =>
  policies.map((oid) => ORGANISATION.exec(oid)?.groups?.['prefix']).find((one) => one !== undefined) ?? '';
