/** What the service provider of the installation is, as environment variables say it. */
import { companyChain, ocesSettings } from '../../oces/settings.ts';
import { setting, type Settings } from '../../settings.ts';

export const settings = {
  nemidClientUrl: setting(
    'NEMID_CLIENT_URL',
    'base-url',
    'Base URL of the NemID client (its /launcher/ is put behind it).',
  ),
  nemidCodeFileUrl: setting(
    'NEMID_CODEFILE_URL',
    'base-url',
    "Base URL of the CodeFile client, for employees' keys in a file. Unset: that of the environment.",
  ),
  ...ocesSettings,
  nemidFriendlyName: setting(
    'NEMID_FRIENDLY_NAME',
    'text',
    'Name shown to signers ("logging on to …"); must equal the one the provider has on record.',
    { fallback: 'Segl' },
  ),
  vocesKeyFile: setting(
    'VOCES_KEY_FILE',
    'key',
    "Private key of the service provider's VOCES certificate, which signs client parameters: as SEAL_KEY_FILE (docs/guide/keys.md).",
  ),
  vocesKeyPasswordFile: setting(
    'VOCES_KEY_PASSWORD_FILE',
    'path',
    'File that holds the password of an encrypted VOCES_KEY_FILE, or the PIN of the security module.',
  ),
  vocesChainFile: companyChain,
  cprKeyFile: setting(
    'CPR_KEY_FILE',
    'path',
    'PEM private key of the client certificate that PID-CPR and RID-CPR know us by. Unset: VOCES.',
  ),
  cprChainFile: setting('CPR_CHAIN_FILE', 'path', 'PEM certificates of CPR_KEY_FILE: its own first.'),
  pidCprUrl: setting('PID_CPR_URL', 'url', 'PID-CPR service (SOAP).'),
  pidServiceId: setting('PID_SERVICE_ID', 'text', 'Service provider id (SPID) for PID-CPR.', {
    fallback: '1',
  }),
  ridCprUrl: setting('RID_CPR_URL', 'url', 'RID-CPR service (SOAP), for employees.'),
  ridServiceId: setting('RID_SERVICE_ID', 'text', 'Service provider id (SPID) for RID-CPR.'),
  cprTrustFile: setting(
    'CPR_TRUST_FILE',
    'path',
    'PEM trust anchors of the https certificates of PID-CPR and RID-CPR. Unset: the public ones.',
  ),
  cprMode: setting(
    'CPR_MODE',
    'text',
    'How CPR numbers are had: match (the signer types it), lookup (public bodies only), none.',
    { fallback: 'match' },
  ),
  sector: setting('SECTOR', 'text', 'private or public: what the service provider is.', {
    fallback: 'private',
  }),
} as const;

export type NemIdSettings = Settings<typeof settings>;
