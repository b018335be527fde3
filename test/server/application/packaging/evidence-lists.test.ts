import { createHash } from 'node:crypto';
import t from 'tap';
import type { LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { NEMID_PACKAGING_POLICY_1_0 } from '@segl/identity/methods/nemid/evidence/policy';
import { checkLtvSdoSchema } from '@segl/identity/evidence/ltvsdo/schema';
import { isSeglError } from '@segl/problem/errors';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { createListedPerson } from '../../../support/listed-person.ts';
import { createEvidence } from '../../../support/signatures/evidence.ts';
import { crlEntry } from '../../../support/signatures/crl.ts';
import { trusting } from '../../../support/server/methods.ts';
import { every } from '../../../support/sweep.ts';

const evidence = await createEvidence();
const person = await createListedPerson();
const { document } = evidence.content;
const content: LtvSdoContent = {
  ...evidence.content,
  document: { ...document, sha256: createHash('sha256').update(person.document).digest() },
  native: {
    ...evidence.content.native,
    bytes: person.native,
    signingTime: person.at,
    validation: person.validation,
  },
};
const trust = { ...evidence.trust, signers: trusting([person.root]) };

const refusalOf = (bytes: Uint8Array): string | undefined => {
  try {
    verifyPackage(bytes, trust);
    return undefined;
  } catch (error) {
    if (!isSeglError(error)) throw error;
    return error.code;
  }
};
const withLists = (crls: readonly Uint8Array[], change: Partial<LtvSdoContent> = {}): Promise<Uint8Array> =>
  evidence.seal({
    ...content,
    ...change,
    native: { ...content.native, validation: { ...content.native.validation, crls } },
  });

t.test('a package carries the list that tells of the issuing authority, and needs it', async (t) => {
  t.equal(person.validation.crls.length, 1);
  const whole = await evidence.seal(content);
  checkLtvSdoSchema(whole);
  t.equal(refusalOf(whole), undefined);
  t.match(Buffer.from(whole).toString(), /<xades:CRLValues><xades:EncapsulatedCRLValue>/);
  t.equal(refusalOf(await withLists([])), 'CERT_STATUS_UNKNOWN');
  t.equal(refusalOf(await withLists([person.list([crlEntry(person.caSerial, person.at)])])), 'CERT_REVOKED');
  t.equal(refusalOf(await withLists([person.list([]), person.list([])])), undefined, 'twice is no harm');
});

t.test('packages under the first policy, which had no lists, still verify', async (t) => {
  const packagingPolicy = NEMID_PACKAGING_POLICY_1_0;
  t.equal(refusalOf(await withLists([], { packagingPolicy })), undefined);
  t.equal(refusalOf(await withLists(person.validation.crls, { packagingPolicy })), undefined);
});

t.test('every changed byte of the list is noticed', async (t) => {
  const bytes = Buffer.from(await evidence.seal(content));
  const start = bytes.indexOf('<xades:CRLValues>');
  const end = bytes.indexOf('</xades:CRLValues>');
  const missed: number[] = [];
  for (let at = start; at < end; at += every(7)) {
    bytes[at]! ^= 1 << (at % 8);
    if (!refusalOf(bytes)) missed.push(at);
    bytes[at]! ^= 1 << (at % 8);
  }
  t.same(missed, []);
});
