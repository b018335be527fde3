/** Evidence of a broker that showed what was signed, under a hierarchy of our own, and what is wrong with it by the rule. */
import { nonceOf } from '@segl/identity/evidence/identity/commitment';
import { presentedOf } from '@segl/identity/evidence/identity/presented';
import { carried } from '@segl/identity/evidence/identity/write';
import { Oid } from '@segl/pki/asn1/oids';
import { createSigningKey } from '@segl/pki/keys/keys';
import { buildOcspRequest } from '@segl/pki/revocation/ocsp';
import type { KeyUsage } from '@segl/pki/x509/certificate';
import {
  basicConstraints,
  certificatePolicies,
  extendedKeyUsage,
  keyUsage,
  ocspNoCheck,
} from '@segl/sandbox/pki/extensions';
import { answerOcsp, type CertificateStatus } from '@segl/sandbox/pki/ocsp-responder';
import { CLIENT, evidenceOf, ISSUER, RECEIVED, writeToken } from './identity-evidence.ts';
import { issue, type Identity } from './test-pki.ts';

const POLICY = '2.25.1234.3.7.1';

const root = issue(
  [{ CN: 'Test root' }],
  [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')],
  { kind: 'RSA' },
);

const responder = issue(
  [{ CN: 'Test responder' }],
  [keyUsage('digitalSignature'), extendedKeyUsage(Oid.ocspSigning), ocspNoCheck()],
  { issuer: root, kind: 'RSA' },
);

/** Nobody says that its own status need not be asked for. */
const unchecked = issue(
  [{ CN: 'Test responder' }],
  [keyUsage('digitalSignature'), extendedKeyUsage(Oid.ocspSigning)],
  { issuer: root, kind: 'RSA' },
);

export interface BrokerVariant {
  readonly policy?: string;
  readonly subject?: Readonly<Record<string, string>>;
  readonly usage?: readonly KeyUsage[];
}

/** Somebody who seals with it. */
export const broker = ({
  policy = POLICY,
  subject = {},
  usage = ['digitalSignature', 'nonRepudiation'],
}: BrokerVariant = {}): Identity => {
  const names = {
    O: 'Broker A/S',
    organizationIdentifier: 'NTRDK-12345678',
    serialNumber: 'UI:DK-O:G:7d2b7b4e-6a55-4f0c-9d0e-3c1a5b0f9e21',
    CN: 'Signing',
    ...subject,
  };
  return issue(
    Object.entries(names).map(([name, value]) => ({ [name]: value })),
    [keyUsage(...usage), certificatePolicies({ oid: policy }), basicConstraints({ ca: false })],
    { issuer: root, kind: 'RSA' },
  );
};

const sound = broker();

/** DER, to trust it by. */
export const brokerAnchor = root.certificate.der;

interface Told {
  readonly nonce?: Uint8Array;
  /** Absent: the responder does not know it. */
  readonly lookup?: () => CertificateStatus | undefined;
  readonly now?: Date;
  /** Who signs it. */
  readonly by?: Identity;
}

/** DER; of the moment of receipt, and good, where nothing else is asked for. */
export async function statusOf(
  { certificate }: Identity,
  { nonce, lookup = () => ({ status: 'good' }), now = RECEIVED, by = responder }: Told = {},
): Promise<Uint8Array> {
  const request = buildOcspRequest({
    ...{ certificate, issuer: root.certificate },
    ...(nonce && { nonce }),
  });
  return answerOcsp(request, {
    issuer: root.certificate,
    lookup,
    responder: createSigningKey({
      ...{ privateKey: by.privateKey, certificate: by.certificate.der },
      chain: [root.certificate.der],
    }),
    now,
  });
}

export interface TransactionOptions {
  /** Over those of the token. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly signer?: Identity;
  readonly status?: Uint8Array;
  /** Of the id_token. */
  readonly transaction?: string;
}

const SECONDS = Math.floor(RECEIVED.getTime() / 1_000);
const good = await statusOf(sound);

export function transactionEvidence({
  claims = {},
  signer = sound,
  status = good,
  transaction = 't-1',
}: TransactionOptions = {}): Buffer {
  return evidenceOf({
    claims: { transaction_id: transaction },
    change(content) {
      const { type, sha256 } = presentedOf(content.commitment);
      const said = {
        ...{ iss: ISSUER, aud: CLIENT, sub: 'pseudonym', iat: SECONDS - 5, exp: SECONDS + 1_000_000 },
        ...{ transaction_id: 't-1', loa: 'SUBSTANTIAL', transaction_text_type: type },
        transaction_text_sha256: Buffer.from(sha256).toString('base64'),
        transaction_actions: 'mitid.transaction_signing',
        nonce: nonceOf(content.commitment),
        ...claims,
      };
      const { certificate, privateKey } = signer;
      const jwk = {
        ...certificate.publicKey.export({ format: 'jwk' }),
        ...{ kid: 'broker', x5c: [Buffer.from(certificate.der).toString('base64')] },
      };
      const keys = JSON.parse(Buffer.from(content.trust[0]!.data, 'base64').toString()) as { keys: object[] };
      const all = Buffer.from(JSON.stringify({ keys: [...keys.keys, jwk] }));
      const key = { privateKey, kid: 'broker', alg: 'RS256', jwks: all };
      return {
        ...content,
        proofs: [
          ...content.proofs,
          {
            ...{ role: 'transaction-token', mediaType: 'application/jwt' },
            ...carried(writeToken(said, key)),
          },
          {
            ...{ role: 'transaction-token-status', mediaType: 'application/ocsp-response' },
            ...carried(status),
          },
        ],
        trust: [{ ...content.trust[0]!, ...carried(all) }],
      };
    },
  });
}

/** The check without its prefix and the reason, and what is about something else. */
export const OTHER_TRANSACTIONS: readonly (readonly [string, TransactionOptions])[] = [
  ['issuer id-token/issuer', { claims: { iss: 'https://other.example.com' } }],
  ['receiver id-token/audience', { claims: { aud: 'another' } }],
  ['time id-token/no-times', { claims: { exp: undefined } }],
  ['time id-token/not-yet', { claims: { nbf: SECONDS + 62 } }],
  ['time id-token/expired', { claims: { exp: SECONDS - 62 } }],
  ['time id-token/authenticated-before', { claims: { iat: SECONDS - 3_600 } }],
  ['no-test id-token/test', { claims: { simulated: 'true' } }],
  ['level id-token/level', { claims: { loa: 'HIGH' } }],
  ['shown transaction/other-document', { claims: { transaction_text_type: 'pdf' } }],
  ['shown transaction/other-document', { claims: { transaction_text_sha256: undefined } }],
  ['signed transaction/not-signed', { claims: { transaction_actions: ['mitid.login'] } }],
  ['signed transaction/not-signed', { claims: { transaction_actions: undefined } }],
  ['log-on transaction/other-log-on', { claims: { nonce: 'another' } }],
  ['log-on transaction/other-log-on', { claims: { sub: 'another' } }],
  ['log-on transaction/other-log-on', { claims: { 'mitid.uuid': 'another' } }],
  ['log-on transaction/other-log-on', { claims: { transaction_id: undefined } }],
  ['log-on transaction/other-log-on', { transaction: 't-2' }],
];

/** And those whose certificates make them no broker. */
export const NO_BROKERS: readonly (readonly [string, BrokerVariant])[] = [
  ['signer oces/policy', { policy: '2.25.1234.2.7.1' }],
  ['signer oces/policy', { policy: '2.25.1234.3.70' }],
  ['signer oces/not-committing', { usage: ['digitalSignature'] }],
  ['signer oces/not-for-signatures', { usage: ['nonRepudiation'] }],
  ['signer oces/subject-of-oces3', { subject: { serialNumber: 'CVR:12345678-UID:1' } }],
  ['signer oces/policy', { subject: { serialNumber: 'UI:DK-E:G:7d2b7b4e-6a55-4f0c-9d0e-3c1a5b0f9e21' } }],
];

const HOUR = 3_600_000;
const moved = (by: number): Date => new Date(RECEIVED.getTime() + by);

/** Answers about the sound one that do not tell that it was good, then. */
export const NO_STATUS: Readonly<Record<string, Uint8Array>> = {
  revoked: await statusOf(sound, {
    lookup: () => ({ status: 'revoked', revokedAt: moved(-HOUR) }),
  }),
  unknown: await statusOf(sound, { lookup: () => undefined }),
  'of three days before': await statusOf(sound, { now: moved(-72 * HOUR) }),
  'of an hour later': await statusOf(sound, { now: moved(HOUR) }),
  'of another certificate': await statusOf(broker()),
  'by a responder that is none': await statusOf(sound, { by: sound }),
  'by a responder whose own status nobody knows': await statusOf(sound, { by: unchecked }),
};

const NONCE = Buffer.alloc(32, 7);

/** The token names the nonce that the status was asked with; `told`: what was answered, if anything. */
export const answeredWith = async (told?: Uint8Array): Promise<TransactionOptions> => ({
  status: await statusOf(sound, told && { nonce: told }),
  claims: { signing_cert_ocsp_nonce: NONCE.toString('base64') },
});

/** What need not be there, what may be a list, and what an answer may repeat or not. */
export const SOUND_TRANSACTIONS: readonly TransactionOptions[] = [
  {},
  { claims: { nonce: undefined, loa: undefined } },
  { claims: { transaction_actions: ['mitid.login', 'mitid.transaction_signing'] } },
  await answeredWith(NONCE),
  await answeredWith(),
];
