/** What a transaction token must say, one claim after the other, under a hierarchy of our own. */
import t from 'tap';
import { firstFailure, judgeIdentityEvidence } from '@segl/identity/evidence/identity/judge';
import { nonceOf } from '@segl/identity/evidence/identity/commitment';
import { presentedOf } from '@segl/identity/evidence/identity/presented';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
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
import { answerOcsp } from '@segl/sandbox/pki/ocsp-responder';
import {
  CLIENT,
  evidenceOf,
  ISSUER,
  RECEIVED,
  told,
  writeToken,
} from '../../../support/signatures/identity-evidence.ts';
import { issue, type Identity } from '../../../support/signatures/test-pki.ts';

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

interface Variant {
  readonly policy?: string;
  readonly subject?: Readonly<Record<string, string>>;
  readonly usage?: readonly KeyUsage[];
}

const broker = ({
  policy = POLICY,
  subject = {},
  usage = ['digitalSignature', 'nonRepudiation'],
}: Variant = {}): Identity => {
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

async function statusOf({ certificate }: Identity, nonce?: Uint8Array): Promise<Uint8Array> {
  const request = buildOcspRequest({
    ...{ certificate, issuer: root.certificate },
    ...(nonce && { nonce }),
  });
  return answerOcsp(request, {
    issuer: root.certificate,
    lookup: () => ({ status: 'good' }),
    responder: createSigningKey({
      ...{ privateKey: responder.privateKey, certificate: responder.certificate.der },
      chain: [root.certificate.der],
    }),
    now: RECEIVED,
  });
}

interface Options {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly signer?: Identity;
  readonly status?: Uint8Array;
  /** Of the id_token. */
  readonly transaction?: string;
}

const SECONDS = Math.floor(RECEIVED.getTime() / 1_000);
const good = await statusOf(sound);

/** The check and the reason of what is wrong first; undefined: nothing. */
function failureOf({ claims = {}, signer = sound, status = good, transaction = 't-1' }: Options = {}) {
  const bytes = evidenceOf({
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
  const anchors = [root.certificate.der];
  const found = firstFailure(judgeIdentityEvidence(readIdentityEvidence(bytes), told, { anchors }));
  return found && `${found.check.replace('transaction-', '')} ${found.why.code}`;
}

t.test('a sound one passes', (t) => {
  t.equal(failureOf(), undefined);
  t.equal(failureOf({ claims: { nonce: undefined, loa: undefined } }), undefined, 'they need not be there');
  const list = ['mitid.login', 'mitid.transaction_signing'];
  t.equal(failureOf({ claims: { transaction_actions: list } }), undefined);
  t.end();
});

t.test('what is about something else', (t) => {
  const cases: readonly (readonly [string, Options])[] = [
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
  for (const [failure, options] of cases) t.equal(failureOf(options), failure, JSON.stringify(options));
  t.end();
});

t.test('whose certificate it is', async (t) => {
  const cases: readonly (readonly [string, Variant])[] = [
    ['signer oces/policy', { policy: '2.25.1234.2.7.1' }],
    ['signer oces/policy', { policy: '2.25.1234.3.70' }],
    ['signer oces/not-committing', { usage: ['digitalSignature'] }],
    ['signer oces/not-for-signatures', { usage: ['nonRepudiation'] }],
    ['signer oces/subject-of-oces3', { subject: { serialNumber: 'CVR:12345678-UID:1' } }],
    ['signer oces/policy', { subject: { serialNumber: 'UI:DK-E:G:7d2b7b4e-6a55-4f0c-9d0e-3c1a5b0f9e21' } }],
  ];
  for (const [failure, variant] of cases) {
    const signer = broker(variant);
    t.equal(failureOf({ signer, status: await statusOf(signer) }), failure, JSON.stringify(variant));
  }
});

t.test('and the status is that of it', async (t) => {
  t.equal(failureOf({ status: await statusOf(broker()) }), 'status OCSP_INVALID', 'of another certificate');
  const nonce = Buffer.alloc(32, 7);
  const claims = { signing_cert_ocsp_nonce: nonce.toString('base64') };
  t.equal(failureOf({ claims, status: await statusOf(sound, nonce) }), undefined);
  t.equal(failureOf({ claims, status: await statusOf(sound, Buffer.alloc(32, 8)) }), 'status OCSP_INVALID');
  t.equal(failureOf({ claims }), undefined, 'some responders repeat none');
});
