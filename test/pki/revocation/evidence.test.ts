import { randomBytes } from 'node:crypto';
import t from 'tap';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { contextValue, enumerated, octetString, oid, sequence } from '@segl/pki/asn1/der-write';
import { contextTag, readDer } from '@segl/pki/asn1/der';
import { Oid } from '@segl/pki/asn1/oids';
import { isSeglError } from '@segl/problem/errors';
import { validateCarriedPath, validateWithEvidence } from '@segl/pki/revocation/evidence';
import { createSigningKey } from '@segl/pki/keys/keys';
import { buildOcspRequest } from '@segl/pki/revocation/ocsp';
import { authorityInfoAccess, basicConstraints, keyUsage } from '@segl/sandbox/pki/extensions';
import { answerOcsp } from '@segl/sandbox/pki/ocsp-responder';
import {
  createTestPki,
  issue,
  OCSP_URL,
  TEST_TIME,
  type Identity,
} from '../../support/signatures/test-pki.ts';

// root, authority, issuing authority, leaf; the two lower ones name an OCSP responder
const authorityExtensions = [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')];
const access = authorityInfoAccess({ ocsp: [OCSP_URL] });
const root = issue([{ CN: 'Root' }], authorityExtensions);
const middle = issue([{ CN: 'Middle' }], authorityExtensions, { issuer: root });
const issuing = issue([{ CN: 'Issuing' }], [...authorityExtensions, access], { issuer: middle });
const leaf = issue([{ CN: 'Leaf' }], [keyUsage('digitalSignature'), access], { issuer: issuing });
const stranger = createTestPki();

const der = ({ certificate }: Identity): Uint8Array => certificate.der;
const anchors = [der(root)];

/** What the issuer itself answers at a time. */
function answer(subject: Identity, issuer: Identity, now = TEST_TIME, status: 'good' | 'revoked' = 'good') {
  const { certificate } = issuer;
  return answerOcsp(buildOcspRequest({ certificate: subject.certificate, issuer: certificate }), {
    issuer: certificate,
    lookup: () => ({ status, revokedAt: TEST_TIME }),
    responder: createSigningKey({
      privateKey: issuer.privateKey,
      certificate: certificate.der,
      chain: (issuer === issuing ? [middle, root] : [root]).map(der),
    }),
    now,
  });
}

const evidence: ValidationData = {
  certificates: [leaf, issuing, middle, root].map(der),
  ocsps: [await answer(leaf, issuing), await answer(issuing, middle)],
  crls: [],
};

const validate = (change: Partial<ValidationData> = {}, more: { anchors?: Uint8Array[]; at?: Date } = {}) =>
  validateWithEvidence({
    leaf: der(leaf),
    anchors,
    at: TEST_TIME,
    ...more,
    evidence: { ...evidence, ...change },
  });

function refusalOf(...input: Parameters<typeof validate>): string | undefined {
  try {
    validate(...input);
    return undefined;
  } catch (error) {
    if (!isSeglError(error)) throw error;
    return error.code;
  }
}

t.test('a path is built and its answers are judged without asking anybody', async (t) => {
  const { path } = validate();
  t.same(
    path.map(({ commonName }) => commonName),
    ['Leaf', 'Issuing', 'Middle', 'Root'],
  );
});

t.test('every certificate that can be asked about has a good answer of that time', async (t) => {
  const [ofLeaf, ofIssuing] = evidence.ocsps as [Uint8Array, Uint8Array];
  const hours = (count: number): Date => new Date(TEST_TIME.getTime() + count * 3_600_000);
  t.equal(refusalOf({ ocsps: [ofLeaf] }), 'CERT_STATUS_UNKNOWN');
  t.equal(refusalOf({ ocsps: [ofIssuing] }), 'CERT_STATUS_UNKNOWN');
  t.equal(refusalOf({ ocsps: [ofIssuing, ofLeaf, ofLeaf] }), undefined, 'in any order');
  const revoked = await answer(issuing, middle, TEST_TIME, 'revoked');
  t.equal(refusalOf({ ocsps: [ofLeaf, revoked] }), 'CERT_REVOKED');
  t.equal(refusalOf({ ocsps: [ofLeaf, await answer(issuing, middle, hours(1))] }), 'OCSP_INVALID');
  t.equal(refusalOf({ ocsps: [ofLeaf, await answer(issuing, middle, hours(-13))] }), 'OCSP_INVALID');
  t.equal(refusalOf({ ocsps: [ofLeaf, await answer(issuing, middle, hours(-11))] }), undefined);
  t.equal(refusalOf({ ocsps: [ofLeaf, await answer(issuing, middle, hours(0.2))] }), undefined);
  t.equal(refusalOf({}, { at: new Date('2037-01-01') }), 'CERT_PATH_INVALID', 'everything has expired');
});

t.test('evidence that has no part in it is refused', async (t) => {
  const { certificates, ocsps } = evidence;
  const other = issue([{ CN: 'Other' }], [access], { issuer: issuing });
  t.equal(refusalOf({ ocsps: [...ocsps, await answer(other, issuing)] }), 'OCSP_INVALID');
  t.equal(refusalOf({ ocsps: [...ocsps, randomBytes(40)] }), 'OCSP_INVALID');
  t.equal(refusalOf({ ocsps: [...ocsps, sequence(enumerated(3))] }), 'OCSP_INVALID', 'tryLater');
  t.equal(refusalOf({ crls: [randomBytes(4)] }), 'CRL_INVALID');
  t.equal(refusalOf({ certificates: [...certificates, randomBytes(40)] }), 'ASN1_INVALID');
  const theirs = [stranger.root, stranger.signer, stranger.responder].map(der);
  for (const one of theirs) {
    t.equal(refusalOf({ certificates: [...certificates, one] }), 'EVIDENCE_INVALID');
  }
  t.equal(
    refusalOf({ certificates: [...certificates, ...theirs, ...theirs, ...theirs] }),
    'EVIDENCE_INVALID',
  );
});

t.test('an anchor may stand anywhere above the leaf', async (t) => {
  for (const anchor of [issuing, middle, root]) {
    t.equal(refusalOf({}, { anchors: [der(anchor)] }), undefined, anchor.certificate.commonName);
  }
  t.equal(refusalOf({ ocsps: evidence.ocsps.slice(0, 1) }, { anchors: [der(issuing)] }), undefined);
  t.equal(refusalOf({}, { anchors: [der(leaf)] }), 'CERT_STATUS_UNKNOWN', 'nobody vouches for an anchor');
  t.equal(refusalOf({}, { anchors: [der(stranger.root)] }), 'CERT_PATH_INVALID');
  t.equal(refusalOf({}, { anchors: [] }), 'CERT_PATH_INVALID');
});

t.test('certificates may be carried by the signature instead', async (t) => {
  const input = { leaf: der(leaf), anchors, at: TEST_TIME, evidence: { ...evidence, certificates: [] } };
  t.throws(() => validateWithEvidence(input), { code: 'CERT_PATH_INVALID' });
  const carried = [issuing, middle, stranger.root].map(der);
  t.equal(validateWithEvidence({ ...input, carried }).path.length, 4, 'and be more than is needed');
});

t.test('certificates within an answer need somebody who vouches for them', async (t) => {
  const [ofLeaf, ofIssuing] = evidence.ocsps as [Uint8Array, Uint8Array];
  const basic = (answerDer: Uint8Array) => {
    const outer = readDer(answerDer).sequence();
    outer.next();
    const bytes = outer.next().explicit(contextTag(0)).sequence();
    bytes.next();
    return readDer(bytes.next().octets()).sequence();
  };
  const carrying = (...certificates: readonly Uint8Array[]): Uint8Array => {
    const [data, algorithm, signature] = basic(ofLeaf).rest();
    const inner = sequence(
      ...[data, algorithm, signature].map((value) => value!.raw),
      contextValue(0, sequence(...certificates)),
    );
    return sequence(enumerated(0), contextValue(0, sequence(oid(Oid.ocspBasic), octetString(inner))));
  };
  t.equal(refusalOf({ ocsps: [carrying(der(issuing), der(root)), ofIssuing] }), undefined);
  t.equal(refusalOf({ ocsps: [carrying(der(stranger.signer)), ofIssuing] }), 'EVIDENCE_INVALID');
  const damaged = Uint8Array.from(der(middle));
  damaged[damaged.length - 1]! ^= 1;
  t.equal(refusalOf({ ocsps: [carrying(damaged), ofIssuing] }), 'EVIDENCE_INVALID');
});

t.test('every changed bit of an answer and every changed byte of a certificate is noticed', async (t) => {
  const delegated = await stranger.post(
    OCSP_URL,
    buildOcspRequest({
      certificate: stranger.signer.certificate,
      issuer: stranger.issuingCa.certificate,
      nonce: randomBytes(32),
    }),
    'application/ocsp-request',
  );
  const certificates = [stranger.issuingCa, stranger.root].map(der);
  const judge = (own: Partial<ValidationData>): unknown =>
    validateWithEvidence({
      leaf: der(stranger.signer),
      anchors: [der(stranger.root)],
      at: TEST_TIME,
      evidence: { certificates, ocsps: [delegated.body], crls: [], ...own },
    });
  judge({});
  const missed: string[] = [];
  const flip = (
    name: string,
    stride: number,
    bytes: Uint8Array,
    attempt: (changed: Uint8Array) => unknown,
  ): void => {
    const changed = Uint8Array.from(bytes);
    for (let bit = 0; bit < bytes.length * 8; bit += stride) {
      changed[bit >> 3]! ^= 1 << (bit & 7);
      try {
        attempt(changed);
        missed.push(`${name}, byte ${bit >> 3}, bit ${bit & 7}`);
      } catch (error) {
        if (!isSeglError(error)) throw error;
      }
      changed[bit >> 3]! ^= 1 << (bit & 7);
    }
  };
  flip('answer', 1, delegated.body, (changed) => judge({ ocsps: [changed] }));
  flip('authority', 7, certificates[0]!, (changed) => judge({ certificates: [changed, certificates[1]!] }));
  flip('root', 7, certificates[1]!, (changed) => judge({ certificates: [certificates[0]!, changed] }));
  t.same(missed, []);
});

t.test('a path without answers is built from what a signature carries, all of it vouched for', async (t) => {
  const carried = (...more: readonly Uint8Array[]) =>
    validateCarriedPath({
      leaf: der(leaf),
      carried: [...[leaf, issuing, middle].map(der), ...more],
      anchors,
      at: TEST_TIME,
    });
  t.equal(carried().path.length, 4);
  t.equal(carried(der(root)).path.length, 4);
  t.throws(() => carried(der(stranger.root)), { code: 'EVIDENCE_INVALID' });
  t.throws(
    () =>
      validateCarriedPath({
        leaf: der(leaf),
        carried: [der(leaf)],
        anchors,
        at: TEST_TIME,
      }),
    { code: 'CERT_PATH_INVALID' },
  );
});
