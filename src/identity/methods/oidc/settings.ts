/** What METHODS_FILE says of an OpenID provider, and of the client that we are to it. */
import type { FieldsTable } from '../../settings.ts';
import { oidcProfiles } from './profiles/index.ts';

export const fields = {
  issuer: {
    kind: 'url',
    about: 'Issuer of the provider, exactly as its tokens name it. Over http on this machine only.',
  },
  clientId: { kind: 'text', about: 'As whom the provider knows the service.' },
  clientSecretFile: { kind: 'path', about: 'File with the secret of the client (client_secret_basic).' },
  signingKeyFile: {
    kind: 'path',
    about: 'PEM private key of the client, RSA or P-256: for private_key_jwt and for signed requests.',
  },
  signingKeyId: { kind: 'text', about: 'Its `kid`, as the provider has it on record.' },
  signingAlgorithm: {
    kind: 'text',
    choices: ['RS256', 'PS256', 'ES256'],
    about: 'Algorithm of that key. Unset: RS256 for RSA, ES256 for P-256.',
  },
  decryptionKeyFile: {
    kind: 'path',
    about: 'PEM private key (RSA) of the client, to which the provider encrypts its answers (RSA-OAEP-256).',
  },
  decryptionKeyId: { kind: 'text', about: 'Its `kid`.' },
  keysFile: {
    kind: 'path',
    about:
      'Key set (JWKS) of the provider, where it is exchanged beforehand. Unset: as the provider publishes it.',
  },
  idTokenAlgorithm: {
    kind: 'text',
    choices: ['RS256', 'PS256', 'ES256', 'ES384'],
    fallback: 'RS256',
    about: 'Algorithm that the provider signs its tokens with.',
  },
  requestObject: { kind: 'switch', fallback: 'off', about: 'Whether requests are signed (RFC 9101).' },
  pushedRequests: {
    kind: 'switch',
    fallback: 'on',
    about: 'Whether requests are pushed (RFC 9126) where the provider offers it.',
  },
  test: {
    kind: 'switch',
    fallback: 'off',
    about: 'The provider is one for testing: tokens of simulated log-ons are taken. Never in production.',
  },
} as const satisfies FieldsTable;

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecretFile?: string;
  readonly signingKeyFile?: string;
  readonly signingKeyId?: string;
  readonly signingAlgorithm?: string;
  readonly decryptionKeyFile?: string;
  readonly decryptionKeyId?: string;
  readonly keysFile?: string;
  readonly idTokenAlgorithm: string;
  readonly requestObject: boolean;
  readonly pushedRequests: boolean;
  readonly test: boolean;
}

/** Names of fields without which a provider of this profile cannot be asked. */
export function requiredFields(
  profile: string,
  settings: Readonly<Record<string, unknown>>,
): readonly string[] {
  const { required = [], requestObject } = oidcProfiles[profile]!;
  const signs = requestObject === true || settings['requestObject'] === true;
  const knownBy = signs || settings['signingKeyFile'] !== undefined ? 'signingKeyFile' : 'clientSecretFile';
  return [...new Set(['issuer', 'clientId', knownBy, ...required])];
}
