/** Transaction tokens, as a broker gives them that showed what was signed: under a certificate, with the status of that. */
import { createHash, createPrivateKey, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { World } from '../../world/world.ts';
import type { Presented } from './brokers.ts';
import { holdersFor, ISSUER, SIGNERS, type SignerFault } from './hierarchy.ts';
import { publicJwk, newTokenKey } from './keys.ts';
import type { TransactionLie } from './lies.ts';
import { statusOf } from './status.ts';

type Claims = Readonly<Record<string, unknown>>;

/** Years that a transaction token is to be read. */
const YEARS = 30;

/** As real ones are named: SHA-1 of the certificate in hex. */
const kidOf = (certificate: Uint8Array): string =>
  createHash('sha1').update(certificate).digest('hex').toUpperCase();

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Keys with certificates, beside the one of other tokens. */
export const transactionKeys = (world: World): Record<string, unknown>[] =>
  Object.values(SIGNERS).flatMap(({ id, issuer }): Record<string, unknown>[] => {
    const certificate = world.certificate(id);
    // made when it is first used
    if (certificate.length === 0) return [];
    const chain = [certificate, ...(issuer === ISSUER ? [world.certificate(ISSUER)] : [])];
    const about = { kid: kidOf(certificate), alg: 'RS256', use: 'sig', x5c: chain.map(base64) };
    return [publicJwk(world.keyPem(id), about)];
  });

const FAULTS: Readonly<Partial<Record<TransactionLie, SignerFault>>> = {
  'transaction-policy': 'policy',
  'transaction-revoked': 'revoked',
  'transaction-test': 'test',
};

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

/** What the token says beside what the id_token says of the log-on. */
function claimsOf({ type, bytes }: Presented, about: Claims, lie: TransactionLie | undefined): Claims {
  const shown = lie === 'transaction-document' ? Buffer.from('Something else') : bytes;
  const actions = ['mitid.login', ...(lie === 'transaction-unsigned' ? [] : ['mitid.transaction_signing'])];
  return {
    ...about,
    ...(lie === 'transaction-order' && { transaction_id: randomBytes(16).toString('hex') }),
    exp: Number(about['iat']) + YEARS * 365 * 86_400,
    transaction_text_type: type,
    transaction_text_sha256: digestOf(shown),
    transaction_actions: actions,
  };
}

/** What the token endpoint gives besides. `about`: claims of the log-on, with those of the person. */
export async function transactionOf(
  world: World,
  presented: Presented,
  { about, lie, now }: { readonly about: Claims; readonly lie?: TransactionLie; readonly now: Date },
): Promise<Claims> {
  if (lie === 'transaction-missing') return {};
  const fault = (lie && FAULTS[lie]) ?? 'none';
  await world.add(holdersFor(fault));
  const { id, issuer } = SIGNERS[fault];
  const certificate = world.certificate(id);
  const nonce = randomBytes(32);
  const claims = {
    ...claimsOf(presented, about, lie),
    signing_cert_ocsp_nonce: nonce.toString('base64'),
  };
  const pem = lie === 'transaction-forged' ? newTokenKey() : world.keyPem(id);
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: kidOf(certificate), typ: 'JWT' })
    .sign(createPrivateKey(pem));
  const isOld = lie === 'transaction-old-status';
  const status = await statusOf(world, { id, issuer }, { now, isOld, nonce });
  return {
    transaction_token: token,
    ...(lie !== 'transaction-no-status' && { transaction_token_ocsp_resp: base64(status) }),
  };
}
