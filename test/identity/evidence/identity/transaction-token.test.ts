/** What a transaction token must say, one claim after the other, under a hierarchy of our own. */
import t from 'tap';
import { firstFailure, judgeIdentityEvidence } from '@segl/identity/evidence/identity/judge';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { told } from '../../../support/signatures/identity-evidence.ts';
import {
  answeredWith,
  broker,
  brokerAnchor,
  NO_BROKERS,
  NO_STATUS,
  OTHER_TRANSACTIONS,
  SOUND_TRANSACTIONS,
  statusOf,
  transactionEvidence,
  type TransactionOptions,
} from '../../../support/signatures/transaction-evidence.ts';

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

t.test('sound ones pass', (t) => {
  for (const options of SOUND_TRANSACTIONS)
    t.equal(failureOf(options), undefined, JSON.stringify(options.claims));
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
  t.equal(failureOf(await answeredWith(Buffer.alloc(32, 8))), 'status OCSP_INVALID', 'of another nonce');
});
