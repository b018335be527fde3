/** What the settings say about OCES certificates, those of signers and those of calling systems alike. */
import { readFile } from 'node:fs/promises';
import type { SeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { readSettings, setting, type Settings } from '../settings.ts';
import {
  ENVIRONMENT_NAMES,
  isEnvironment,
  ocesEnvironment,
  type EnvironmentName,
  type OcesEnvironment,
} from './environments.ts';

/** The environment and what belongs to it. */
export const ocesSettings = {
  ocesEnvironment: setting(
    'NEMID_ENVIRONMENT',
    'text',
    'Whose OCES certificates count: production or test (the public hierarchies, whose anchors ship), or sandbox (your own).',
    { fallback: 'production' },
  ),
  ocesLegacy: setting(
    'NEMID_LEGACY_OCES1',
    'switch',
    'on: segl judge takes OCES I too (SHA-1, 1024 bits), for times before 2014. Never for new signatures.',
    { fallback: 'off' },
  ),
  ocesTrustFile: setting(
    'NEMID_TRUST_FILE',
    'path',
    'PEM trust anchors of signer certificates, with NEMID_ENVIRONMENT=sandbox; leave unset otherwise.',
  ),
  ocesPolicyPrefix: setting(
    'NEMID_POLICY_PREFIX',
    'text',
    'OID prefix of OCES certificate policies of the sandbox; .1 POCES, .2 MOCES, .3 VOCES, .4 FOCES follow.',
    { fallback: '1.2.208.169.1.1.1' },
  ),
} as const;

export type OcesSettings = Settings<typeof ocesSettings>;

/** Our own company certificate, with those of its issuers. */
export const companyChain = setting(
  'VOCES_CHAIN_FILE',
  'path',
  'PEM certificates of VOCES: its own first. Unset: those of a PKCS#12 file.',
);

type Variables = Readonly<Record<string, string | undefined>>;

function read<T>(table: Parameters<typeof readSettings>[0], variables: Variables): T {
  const { values, problems } = readSettings(table, variables);
  if (problems.length > 0) throw generalProblems.error('CONFIG_INVALID', { problems });
  return values as T;
}

/** Throws CONFIG_INVALID. */
export const readOcesSettings = (variables: Variables): OcesSettings => read(ocesSettings, variables);

/** Throws CONFIG_INVALID when there is no such environment. */
export function environmentNamed({
  ocesEnvironment: name,
}: Pick<OcesSettings, 'ocesEnvironment'>): EnvironmentName {
  if (isEnvironment(name)) return name;
  throw unknownEnvironment(name);
}

function unknownEnvironment(value: string): SeglError {
  const must = generalProblems.of('setting/alternatives', { allowed: ENVIRONMENT_NAMES });
  const problems = [generalProblems.of('setting/wrong', { setting: 'NEMID_ENVIRONMENT', must, value })];
  return generalProblems.error('CONFIG_INVALID', { problems });
}

/**
 * Throws CONFIG_INVALID when the environment is unknown, or its anchors are those of another one. `legacy` adds OCES I;
 * never for new signatures.
 */
export async function openEnvironment(
  settings: Pick<OcesSettings, 'ocesEnvironment' | 'ocesTrustFile' | 'ocesPolicyPrefix'>,
  { legacy = false }: { readonly legacy?: boolean } = {},
): Promise<OcesEnvironment> {
  const { ocesTrustFile: file, ocesPolicyPrefix: policyPrefix } = settings;
  return ocesEnvironment(environmentNamed(settings), {
    anchors: file === undefined ? undefined : certificatesFromPem(await readFile(file, 'utf8')),
    policyPrefix,
    legacy,
  });
}

/** DER: who issued our own company certificate. Whoever gets certificates from the same authority is known by it. */
export async function companyIssuers(variables: Variables): Promise<readonly Uint8Array[]> {
  const { file } = read<{ readonly file?: string }>({ file: companyChain }, variables);
  return file === undefined ? [] : certificatesFromPem(await readFile(file, 'utf8')).slice(1);
}
