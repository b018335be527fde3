/** Whose certificates count in proofs, as the settings say: those of brokers, and those of people who signed with their eID. */
import { readFile } from 'node:fs/promises';
import { generalProblems } from '@segl/problem/problems';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import {
  brokerSettings,
  openBrokerAuthorities,
  type BrokerAuthorities,
} from '../../oces/broker-certificate.ts';
import { readSettings, setting, type Settings } from '../../settings.ts';

export const proofSettings = {
  ...brokerSettings,
  bankIdTrustFile: setting(
    'BANKID_TRUST_FILE',
    'path',
    'PEM trust anchors of BankID (Sweden). Unset: of its own signatures nobody judges where the certificate leads.',
  ),
} as const;

export type ProofSettings = Settings<typeof proofSettings>;

/** Of all of them. DER. Throws CONFIG_INVALID, and what reading files throws. */
export async function openProofAuthorities(settings: ProofSettings): Promise<BrokerAuthorities> {
  const { anchors, intermediates } = await openBrokerAuthorities(settings);
  const { bankIdTrustFile: file } = settings;
  const own = file === undefined ? [] : certificatesFromPem(await readFile(file, 'utf8'));
  return { anchors: [...anchors, ...own], intermediates };
}

/** The same, from environment variables. */
export async function openProofTrust(
  variables: Readonly<Record<string, string | undefined>>,
): Promise<BrokerAuthorities> {
  const { values, problems } = readSettings(proofSettings, variables);
  if (problems.length > 0) throw generalProblems.error('CONFIG_INVALID', { problems });
  return openProofAuthorities(values as ProofSettings);
}
