/** What a transaction token must say, one claim after the other, under a hierarchy of our own. */
import t from 'tap';
import { firstFailure, judgeIdentityEvidence } from '@segl/identity/evidence/identity/judge';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { told } from '../../../support/signatures/identity-evidence.ts';
import {
  broker,
  brokerAnchor,
  NO_BROKERS,
  NO_STATUS,
  OTHER_TRANSACTIONS,
  statusOf,
  transactionEvidence,
  type TransactionOptions,
} from '../../../support/signatures/transaction-evidence.ts';

const sound = broker();

/** Where the answer holds. */
const REFUSED: Readonly<Record<string, string>> = {
  revoked: 'CERT_REVOKED',
  unknown: 'status/responder-does-not-know',
};

/** The check and the reason of what is wrong first; undefined: nothing. */
function failureOf(options: TransactionOptions = {}): string | undefined {
  const evidence = readIdentityEvidence(transactionEvidence(options));
  const found = firstFailure(judgeIdentityEvidence(evidence, told, { anchors: [brokerAnchor] }));
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
  for (const [failure, options] of OTHER_TRANSACTIONS)
    t.equal(failureOf(options), failure, JSON.stringify(options));
  t.end();
});

t.test('whose certificate it is', async (t) => {
  for (const [failure, variant] of NO_BROKERS) {
    const signer = broker(variant);
    t.equal(failureOf({ signer, status: await statusOf(signer) }), failure, JSON.stringify(variant));
  }
});

t.test('and the status is that of it', async (t) => {
  for (const [name, status] of Object.entries(NO_STATUS))
    t.equal(failureOf({ status }), `status ${REFUSED[name] ?? 'OCSP_INVALID'}`, name);
  const nonce = Buffer.alloc(32, 7);
  const answered = async (told: Uint8Array): Promise<TransactionOptions> => ({
    ...{ signer: sound, status: await statusOf(sound, { nonce: told }) },
    claims: { signing_cert_ocsp_nonce: nonce.toString('base64') },
  });
  t.equal(failureOf(await answered(nonce)), undefined);
  t.equal(failureOf(await answered(Buffer.alloc(32, 8))), 'status OCSP_INVALID');
  const silent = { ...(await answered(nonce)), status: await statusOf(sound) };
  t.equal(failureOf(silent), undefined, 'some responders repeat none');
});
