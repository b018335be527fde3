/** Real messages, judged today as of the day when they were signed, with revocation data that was saved elsewhere. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ocesEnvironment, readOcesPath } from '@segl/identity/oces/environments';
import { readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { isSeglError } from '@segl/problem/errors';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { readRevocationList } from '@segl/pki/revocation/crl';
import { validateWithEvidence, type EvidenceInput } from '@segl/pki/revocation/evidence';
import { buildPath } from '@segl/pki/x509/path';
import { basicConstraints, keyUsage } from '@segl/sandbox/pki/extensions';
import { issueCertificate } from '@segl/sandbox/pki/issue';
import { run, tool } from '../../../support/tools.ts';
import { vector } from '../../../support/signatures/vectors.ts';

const test = ocesEnvironment('test');

/** The lists of the roots were not saved, so nothing tells of the authorities. */
const judge = (
  input: Pick<EvidenceInput, 'leaf' | 'at'> & { crls: readonly Uint8Array[] } & Partial<EvidenceInput>,
) => {
  const { crls, ...rest } = input;
  try {
    const { path } = validateWithEvidence({
      anchors: test.anchors,
      carried: test.intermediates,
      later: true,
      authorities: 'answered',
      evidence: { certificates: [], ocsps: [], crls },
      ...rest,
    });
    return readOcesPath(path, test).type;
  } catch (error) {
    if (!isSeglError(error)) throw error;
    return error.code;
  }
};

t.test('messages of 2021, with a list of two days later', async (t) => {
  const folder = vector(t, 'nemid');
  if (!folder) return;
  const read = (...path: string[]) => readFileSync(join(folder, ...path));
  const list = (name: string) => read('crl', `${name}.crl`);
  const message = (file: string) => readNativeMessage(read('signatures', file));
  const moces = message('XMLDSigMessage-MOCES.xml');
  const signed = { leaf: moces.leaf.der, at: new Date('2021-05-11T19:30:00Z') };
  t.equal(judge({ ...signed, crls: [list('systemtest221')] }), 'MOCES');
  t.equal(
    judge({ ...signed, crls: [list('systemtest221')], later: false }),
    'CRL_INVALID',
    'not what was known then',
  );
  t.equal(judge({ ...signed, crls: [] }), 'CERT_STATUS_UNKNOWN');
  t.equal(judge({ ...signed, crls: [list('systemtest34')] }), 'CRL_INVALID', 'the list of another authority');
  t.equal(judge({ ...signed, crls: [list('systemtest221')], authorities: 'told' }), 'CERT_STATUS_UNKNOWN');
  t.equal(
    judge({ ...signed, at: new Date('2023-05-11'), crls: [list('systemtest221')] }),
    'CERT_PATH_INVALID',
  );
  const production = ocesEnvironment('production');
  t.equal(
    judge({ ...signed, crls: [list('systemtest221')], anchors: production.anchors }),
    'CERT_PATH_INVALID',
  );

  // ten years before the list: its certificate had long expired, and such are dropped from lists
  const old = message('openlogon_pocesII.xml');
  const then = { leaf: old.leaf.der, at: new Date('2010-09-23T09:23:00Z') };
  t.equal(judge({ ...then, crls: [list('systemtest8')] }), 'CRL_INVALID');
});

t.test('a certificate that was revoked later was good before, to the second', async (t) => {
  const folder = vector(t, 'nemid');
  if (!folder) return;
  const leaf = readFileSync(join(folder, 'certs/leaf/laravel-nemid_nemid-MOCES-employee-blocked.der'));
  const crl = readFileSync(join(folder, 'crl/systemtest221.crl'));
  const certificate = parseCertificate(leaf);
  const issuer = test.intermediates.map(parseCertificate).find((one) => certificate.isIssuedBy(one))!;
  const entry = readRevocationList(crl, { issuer }).entries.find(certificate.serial);
  t.ok(entry);
  const at = (ms: number) => judge({ leaf, at: new Date(entry!.revokedAt.getTime() + ms), crls: [crl] });
  t.equal(at(-1000), 'MOCES');
  t.equal(at(0), 'CERT_REVOKED');
  t.equal(at(86_400_000), 'CERT_REVOKED');

  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const text = run(openssl, [
    'crl',
    '-inform',
    'DER',
    '-noout',
    '-text',
    '-in',
    join(folder, 'crl/systemtest221.crl'),
  ]);
  const date = new RegExp(`Serial Number: ${certificate.serialNumber}\\s+Revocation Date: (.+)`).exec(
    text.output,
  )?.[1];
  t.equal(Date.parse(date ?? ''), entry!.revokedAt.getTime(), 'openssl reads the same time');
});

t.test('the saved OCSP answer of 2021 counts, SHA-1 and all, when that is allowed for', async (t) => {
  const folder = vector(t, 'nemid');
  if (!folder) return;
  const ocsp = readFileSync(join(folder, 'ocsp', 'ocsp_good_systemtest34_2021-04-19.der'));
  const leaf = readFileSync(join(folder, 'certs/leaf/laravel-nemid_nemid-POCES-personal-valid.der'));
  // it is about another certificate, which is not public, so it may not stand in for this one
  const evidence = { certificates: [], ocsps: [ocsp], crls: [] };
  const at = new Date('2021-05-01T12:00:00Z');
  t.equal(judge({ leaf, at, evidence, crls: [], allowSha1Status: true }), 'OCSP_INVALID');
  const crl = readFileSync(join(folder, 'crl/systemtest34.crl'));
  t.equal(judge({ leaf, at, crls: [crl] }), 'POCES');
});

t.test('keys of 1024 bits and SHA-1 count only where the legacy switch says so', async (t) => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const validity = { notBefore: new Date('2004-01-01'), notAfter: new Date('2034-01-01') };
  const root = parseCertificate(
    issueCertificate({
      subject: [{ CN: 'Root' }],
      publicKey: own.publicKey,
      issuer: { selfSignedWith: own.privateKey },
      ...validity,
      extensions: [basicConstraints({ ca: true }), keyUsage('keyCertSign')],
    }),
  );
  const weak = issueCertificate({
    subject: [{ CN: 'Weak' }],
    publicKey,
    issuer: { certificate: root, privateKey: own.privateKey },
    ...validity,
    extensions: [keyUsage('digitalSignature')],
  });
  const at = new Date('2009-01-01');
  const path = (options: object) => () =>
    buildPath({ leaf: parseCertificate(weak), intermediates: [], anchors: [root], at, ...options });
  t.throws(path({ allowSha1: true }), {
    code: 'CERT_PATH_INVALID',
    params: { why: { code: 'key/rsa-size', params: { bits: 1024 } } },
  });
  t.equal(path({ allowRsa1024: true })().length, 2);

  // the OCES I root itself signs with SHA-1 and is an anchor only on demand
  const legacy = ocesEnvironment('production', { legacy: true });
  t.equal(legacy.anchors.length, ocesEnvironment('production').anchors.length + 1);
  const tdc = parseCertificate(legacy.anchors[1]!);
  t.equal(tdc.issuanceProblem(tdc)?.code, 'signature/sha1');
  t.equal(tdc.issuanceProblem(tdc, { allowSha1: true }), undefined);
});
