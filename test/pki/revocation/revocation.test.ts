import { randomBytes } from 'node:crypto';
import t from 'tap';
import { contextValue, enumerated, sequence } from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';
import { ManualClock } from '@segl/problem/clock';
import { isSeglError } from '@segl/problem/errors';
import { validateWithEvidence } from '@segl/pki/revocation/evidence';
import type { HttpAnswer } from '@segl/pki/revocation/http';
import { createSigningKey } from '@segl/pki/keys/keys';
import { checkOcspResponse, buildOcspRequest } from '@segl/pki/revocation/ocsp';
import { readRevocationList } from '@segl/pki/revocation/crl';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { StatusMemory } from '@segl/pki/revocation/status-memory';
import { createTimestamper } from '@segl/pki/tsp/tsa';
import { validateCertificate } from '@segl/pki/revocation/validate';
import {
  authorityInfoAccess,
  basicConstraints,
  crlDistributionPoints,
  extendedKeyUsage,
  keyUsage,
  ocspNoCheck,
} from '@segl/sandbox/pki/extensions';
import { answerOcsp, type CertificateStatus } from '@segl/sandbox/pki/ocsp-responder';
import { answerTimestamp } from '@segl/sandbox/pki/tsa';
import { crlEntry, makeCrl, reasonExtension } from '../../support/signatures/crl.ts';
import { issue, TEST_TIME, type Identity } from '../../support/signatures/test-pki.ts';

const OCSP = 'http://ocsp.test.invalid/';
const ROOT_LIST = 'http://crl.test.invalid/root.crl';
const CA_LIST = 'http://crl.test.invalid/ca.crl';
const TSA = 'http://tsa.test.invalid/';
const MINUTE = 60_000;
const minutes = (count: number): Date => new Date(TEST_TIME.getTime() + count * MINUTE);

const authority = [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')];
const root = issue([{ CN: 'Root' }], authority);
const ca = issue([{ CN: 'CA' }], [...authority, crlDistributionPoints({ url: ROOT_LIST })], { issuer: root });
const listed = crlDistributionPoints({ url: CA_LIST });
const answered = authorityInfoAccess({ ocsp: [OCSP] });
const end = (...extensions: ReturnType<typeof keyUsage>[]): Identity =>
  issue([{ CN: 'Leaf' }], [keyUsage('digitalSignature'), ...extensions], { issuer: ca });
const leaf = end(answered, listed);
const onlyListed = end(listed);
const responder = issue([{ CN: 'Responder' }], [extendedKeyUsage(Oid.ocspSigning), ocspNoCheck()], {
  issuer: ca,
});
const watched = issue([{ CN: 'Watched' }], [extendedKeyUsage(Oid.ocspSigning), listed], { issuer: ca });
const tsa = issue(
  [{ CN: 'TSA' }],
  [keyUsage('digitalSignature'), extendedKeyUsage(Oid.timeStamping), listed],
  { issuer: ca },
);
const keyOf = ({ certificate, privateKey }: Identity, ...chain: Identity[]) =>
  createSigningKey({
    privateKey,
    certificate: certificate.der,
    chain: chain.map((one) => one.certificate.der),
  });

/** Everything that answers over HTTP, as it is at the moment. */
function world() {
  const clock = new ManualClock(TEST_TIME);
  const statuses = new Map<string, CertificateStatus | undefined>();
  const revoked = { root: [] as Uint8Array[], ca: [] as Uint8Array[] };
  const calls: string[] = [];
  const is = {
    responder,
    ocspUp: true,
    listsUp: true,
    listMinutes: 600,
    changeAnswer: (der: Uint8Array): Uint8Array => der,
  };
  const ok = (body: Uint8Array): HttpAnswer => ({ status: 200, contentType: '', body });
  const list = (issuer: Identity, entries: readonly Uint8Array[]): Uint8Array => {
    const now = clock.now().getTime();
    const nextUpdate = new Date(now + is.listMinutes * MINUTE);
    return makeCrl(issuer, { thisUpdate: new Date(now - MINUTE), nextUpdate, entries });
  };
  const ocsp = (request: Uint8Array): Promise<Uint8Array> =>
    answerOcsp(request, {
      issuer: ca.certificate,
      lookup: (serial) => (statuses.has(serial) ? statuses.get(serial) : { status: 'good' }),
      responder: keyOf(is.responder, ca),
      now: clock.now(),
    });
  const services = {
    clock,
    post: async (url: string, body: Uint8Array): Promise<HttpAnswer> => {
      calls.push(url);
      if (url === TSA) {
        const key = keyOf(tsa, ca);
        return ok(await answerTimestamp(body, { key, now: clock.now(), policyOid: '2.25.1', serial: 1 }));
      }
      if (!is.ocspUp) throw new Error('down');
      return ok(is.changeAnswer(await ocsp(body)));
    },
    get: async (url: string): Promise<HttpAnswer> => {
      calls.push(url);
      if (!is.listsUp) throw new Error('down');
      return ok(url === ROOT_LIST ? list(root, revoked.root) : list(ca, revoked.ca));
    },
  };
  return { ...services, services, statuses, revoked, calls, is, revocation: new RevocationService(services) };
}

const validate = ({ revocation, clock }: ReturnType<typeof world>, one: Identity = leaf) =>
  validateCertificate({
    leaf: one.certificate.der,
    intermediates: [ca.certificate.der],
    anchors: [root.certificate.der],
    at: clock.now(),
    revocation,
  });

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    if (isSeglError(error)) return error.code;
    throw error;
  }
};

t.test('the leaf by OCSP, its authority by the list of the root, and all of it is evidence', async (t) => {
  const here = world();
  const { validation, ocspUrls, crlUrls } = await validate(here);
  t.same(ocspUrls, [OCSP]);
  t.same(crlUrls, [ROOT_LIST]);
  t.equal(validation.ocsps.length, 1);
  t.equal(validation.crls.length, 1);
  const judge = (change: object = {}, own: object = {}) =>
    codeOf(() =>
      validateWithEvidence({
        leaf: leaf.certificate.der,
        anchors: [root.certificate.der],
        at: TEST_TIME,
        evidence: { ...validation, ...change },
        ...own,
      }),
    );
  t.equal(judge(), undefined);
  t.equal(judge({ crls: [] }), 'CERT_STATUS_UNKNOWN', 'nothing tells of the authority');
  t.equal(
    judge({ crls: [] }, { authorities: 'answered' }),
    undefined,
    'which the first policy did not ask for',
  );
  t.equal(
    judge({ crls: [] }, { anchors: [ca.certificate.der] }),
    undefined,
    'nor is it needed when it is the anchor',
  );
  t.equal(judge({ ocsps: [] }), 'CERT_STATUS_UNKNOWN');
  t.equal(judge({}, { at: minutes(700) }), 'CRL_INVALID', 'out of date by then');
  const times = { thisUpdate: minutes(-1), nextUpdate: minutes(600) };
  const entries = [crlEntry(ca.certificate.serial, minutes(-30), reasonExtension(2))];
  t.equal(judge({ crls: [makeCrl(root, { ...times, entries })] }), 'CERT_REVOKED');
  t.equal(
    judge({ crls: [...validation.crls, makeCrl(leaf, times)] }),
    'CRL_INVALID',
    'one that has no part in it',
  );
  const ofLeaf = [crlEntry(leaf.certificate.serial, minutes(-30))];
  t.equal(
    judge({ crls: [...validation.crls, makeCrl(ca, { ...times, entries: ofLeaf })] }),
    'CERT_REVOKED',
    'a list outweighs a good answer',
  );
  t.equal(
    judge({ crls: [...validation.crls, makeCrl(ca, times)], ocsps: [] }),
    undefined,
    'a list instead of the answer',
  );
});

t.test('a revoked authority is noticed', async (t) => {
  const here = world();
  here.revoked.root.push(crlEntry(ca.certificate.serial, minutes(-30), reasonExtension(2)));
  await t.rejects(validate(here), { code: 'CERT_REVOKED', params: { subject: 'CN=CA' } });
});

t.test('lists stand in for OCSP', async (t) => {
  const here = world();
  t.match((await validate(here, onlyListed)).crlUrls, [CA_LIST, ROOT_LIST], 'where there is no responder');
  here.is.ocspUp = false;
  t.same((await validate(here)).crlUrls, [CA_LIST, ROOT_LIST], 'where it does not answer');
  const bad = world();
  bad.is.changeAnswer = () => randomBytes(200);
  t.same((await validate(bad)).crlUrls, [CA_LIST, ROOT_LIST], 'where it answers nonsense');
  const listed = world();
  listed.is.ocspUp = false;
  listed.revoked.ca.push(crlEntry(leaf.certificate.serial, minutes(-9), reasonExtension(1)));
  await t.rejects(validate(listed), {
    code: 'CERT_REVOKED',
    params: { when: { params: { at: minutes(-9) } } },
  });
  const unknown = world();
  unknown.statuses.set(leaf.certificate.serialNumber, undefined);
  await t.rejects(
    validate(unknown),
    { code: 'CERT_STATUS_UNKNOWN' },
    'a list knows nothing of what was never issued',
  );
  t.notOk(unknown.calls.includes(CA_LIST));
  const silent = world();
  silent.is.ocspUp = silent.is.listsUp = false;
  await t.rejects(validate(silent, leaf), { code: 'REVOCATION_UNAVAILABLE' });
  const without = new RevocationService({ post: silent.post, clock: silent.clock });
  await t.rejects(without.status(ca.certificate, root.certificate), {
    code: 'REVOCATION_UNAVAILABLE',
    params: { url: ROOT_LIST },
  });
});

t.test('lists and answers are remembered until their end, and renewed before', async (t) => {
  const here = world();
  const { revocation, clock, calls, is } = here;
  const asked = (url: string): number => calls.filter((one) => one === url).length;
  const ask = () => revocation.status(onlyListed.certificate, ca.certificate);
  await Promise.all(Array.from({ length: 20 }, ask));
  t.equal(asked(CA_LIST), 1, 'equal questions at once');
  clock.advance(59 * MINUTE);
  await ask();
  t.equal(asked(CA_LIST), 1);
  clock.advance(2 * MINUTE);
  await ask();
  t.equal(asked(CA_LIST), 2, 'renewed after an hour');
  is.listsUp = false;
  clock.advance(61 * MINUTE);
  t.equal((await ask()).status, 'good', 'the host is down, the list still counts');
  await ask();
  t.equal(asked(CA_LIST), 3, 'and it is not asked again at once');
  clock.advance(2 * MINUTE);
  await ask();
  t.equal(asked(CA_LIST), 4);
  clock.advance(600 * MINUTE);
  await t.rejects(ask(), { code: 'REVOCATION_UNAVAILABLE' }, 'past its nextUpdate it counts no longer');

  const answers = world();
  const status = () => answers.revocation.ocsp(leaf.certificate, ca.certificate);
  const { der } = await status();
  answers.is.ocspUp = false;
  answers.clock.advance(30 * MINUTE);
  t.equal((await status()).der, der, 'an answer too is used until its nextUpdate');
  answers.clock.advance(12 * 60 * MINUTE);
  await t.rejects(status(), { code: 'REVOCATION_UNAVAILABLE' });
});

t.test('memory is bounded', async (t) => {
  const clock = new ManualClock(TEST_TIME);
  const memory = new StatusMemory<number>({ clock, maxAgeMs: MINUTE, capacity: 100 });
  let loads = 0;
  const get = (key: string, size = 30) =>
    memory.get(key, async () => ({ value: ++loads, until: minutes(10), size }));
  for (const key of ['a', 'b', 'c', 'a', 'b', 'c']) await get(key);
  t.equal(loads, 3);
  await get('d');
  await get('b');
  t.equal(loads, 4, 'the oldest one went');
  await get('a');
  t.equal(loads, 5);
  await get('huge', 200);
  await get('huge', 200);
  t.equal(loads, 7, 'what is too large is not kept');
});

t.test('the nonce', async (t) => {
  const here = world();
  const request = buildOcspRequest({ certificate: leaf.certificate, issuer: ca.certificate });
  const without = await answerOcsp(request, {
    issuer: ca.certificate,
    lookup: () => ({ status: 'good' }),
    responder: keyOf(responder, ca),
    now: TEST_TIME,
  });
  here.is.changeAnswer = () => without;
  const strict = new RevocationService(here.services);
  await t.rejects(strict.ocsp(leaf.certificate, ca.certificate), {
    code: 'OCSP_INVALID',
    message: /nonce/,
  });
  const lenient = new RevocationService({ ...here.services, nonce: 'optional' });
  t.equal((await lenient.ocsp(leaf.certificate, ca.certificate)).result.status, 'good');
  const other = await answerOcsp(
    buildOcspRequest({ certificate: leaf.certificate, issuer: ca.certificate, nonce: randomBytes(32) }),
    {
      issuer: ca.certificate,
      lookup: () => ({ status: 'good' }),
      responder: keyOf(responder, ca),
      now: TEST_TIME,
    },
  );
  here.is.changeAnswer = () => other;
  const fresh = new RevocationService({ ...here.services, nonce: 'optional' });
  await t.rejects(fresh.ocsp(leaf.certificate, ca.certificate), {
    code: 'OCSP_INVALID',
    message: /another nonce/,
  });
});

t.test('a delegate without ocsp-nocheck must itself be on no list', async (t) => {
  const here = world();
  here.is.responder = watched;
  const { validation } = await validate(here);
  t.equal(validation.crls.length, 2, 'the list about the responder is evidence');
  const judge = (crls: readonly Uint8Array[]) =>
    codeOf(() =>
      validateWithEvidence({
        leaf: leaf.certificate.der,
        anchors: [root.certificate.der],
        at: TEST_TIME,
        evidence: { ...validation, crls },
      }),
    );
  t.equal(judge(validation.crls), undefined);
  const rootOnly = validation.crls.filter((der) => {
    try {
      return readRevocationList(der, { issuer: root.certificate });
    } catch {
      return false;
    }
  });
  t.equal(rootOnly.length, 1);
  t.equal(judge(rootOnly), 'OCSP_INVALID');
  const revoked = world();
  revoked.is.responder = watched;
  revoked.revoked.ca.push(crlEntry(watched.certificate.serial, minutes(-9)));
  await t.rejects(revoked.revocation.ocsp(leaf.certificate, ca.certificate), {
    code: 'OCSP_INVALID',
    message: /was revoked/,
  });
});

t.test('hostile answers', async (t) => {
  const { certificate } = leaf;
  const issuer = ca.certificate;
  const other = end(answered).certificate;
  const make = (request: Uint8Array, own: object = {}) =>
    answerOcsp(request, {
      issuer,
      lookup: () => ({ status: 'good' }),
      responder: keyOf(responder, ca),
      now: TEST_TIME,
      ...own,
    });
  const refused = (der: Uint8Array, why: RegExp, what: string) =>
    t.throws(
      () => checkOcspResponse(der, { certificate, issuer, at: TEST_TIME }),
      { code: 'OCSP_INVALID', message: why },
      what,
    );
  const statuses = {
    1: 'malformedRequest',
    2: 'internalError',
    3: 'tryLater',
    5: 'sigRequired',
    6: 'unauthorized',
    9: 'status 9',
  };
  for (const [number, name] of Object.entries(statuses)) {
    refused(sequence(enumerated(Number(number))), new RegExp(name), name);
  }
  refused(sequence(enumerated(0)), /empty/, 'successful and nothing else');
  refused(sequence(enumerated(0), contextValue(0, sequence())), /missing/, 'an empty body');
  refused(
    await make(buildOcspRequest({ certificate: other, issuer })),
    /this one certificate/,
    'about another one',
  );
  refused(new Uint8Array((1 << 20) + 1), /larger than/, 'huge');
  refused(Buffer.from('<html>proxy error</html>'), /./, 'a page');

  // several certificates in one answer: ours counts, whatever the others are
  const two = (...ids: Uint8Array[]) => sequence(sequence(sequence(...ids)));
  const id = (one: typeof certificate, digest: 'sha1' | 'sha256' = 'sha1'): Uint8Array => {
    const der = buildOcspRequest({ certificate: one, issuer, digest });
    return der.subarray(6);
  };
  const lookup = (serial: string): CertificateStatus =>
    serial === other.serialNumber
      ? { status: 'revoked', revokedAt: minutes(-5), reason: 4 }
      : { status: 'good' };
  const both = await make(two(id(certificate), id(other)), { lookup });
  t.equal(checkOcspResponse(both, { certificate, issuer, at: TEST_TIME }).status, 'good');
  t.match(checkOcspResponse(both, { certificate: other, issuer, at: TEST_TIME }), {
    status: 'revoked',
    reason: 'superseded',
  });
  refused(
    await make(two(id(certificate), id(certificate, 'sha256'))),
    /this one certificate/,
    'twice about ours',
  );
});

t.test('answers from later tell of an earlier time', async (t) => {
  const { certificate } = leaf;
  const issuer = ca.certificate;
  const revokedAt = minutes(-60);
  const der = await answerOcsp(buildOcspRequest({ certificate, issuer }), {
    issuer,
    lookup: () => ({ status: 'revoked', revokedAt }),
    responder: keyOf(responder, ca),
    now: TEST_TIME,
  });
  const at = (count: number, later = true) =>
    checkOcspResponse(der, { certificate, issuer, at: minutes(count), later });
  t.equal(at(-61).status, 'good', 'revoked afterwards');
  t.equal(at(-59).status, 'revoked');
  t.throws(() => at(-61, false), { code: 'OCSP_INVALID' });
  const expired = issue([{ CN: 'Expired' }], [answered], { issuer: ca, notAfter: minutes(-30) }).certificate;
  const late = await answerOcsp(buildOcspRequest({ certificate: expired, issuer }), {
    issuer,
    lookup: () => ({ status: 'good' }),
    responder: keyOf(responder, ca),
    now: TEST_TIME,
  });
  t.throws(() => checkOcspResponse(late, { certificate: expired, issuer, at: minutes(-61), later: true }), {
    code: 'OCSP_INVALID',
    message: /may have forgotten/,
  });
});

t.test('a time-stamp authority must be in good standing', async (t) => {
  const stamper = (here: ReturnType<typeof world>) =>
    createTimestamper({
      ...here.services,
      url: TSA,
      anchors: [root.certificate.der],
      revocation: here.revocation,
    });
  const good = world();
  await stamper(good)(() => randomBytes(32));
  t.same(good.calls.filter((url) => /crl/.test(url)).sort(), [CA_LIST, ROOT_LIST]);
  await stamper(good)(() => randomBytes(32));
  t.equal(good.calls.length, 4, 'remembered');
  const failed = (why: RegExp) => ({ code: 'TSA_FAILED', message: why });
  const revoked = world();
  revoked.revoked.ca.push(crlEntry(tsa.certificate.serial, minutes(-9)));
  await t.rejects(
    stamper(revoked)(() => randomBytes(32)),
    failed(/CN=TSA was revoked/),
  );
  const above = world();
  above.revoked.root.push(crlEntry(ca.certificate.serial, minutes(-9)));
  await t.rejects(
    stamper(above)(() => randomBytes(32)),
    failed(/CN=CA was revoked/),
  );
  const silent = world();
  silent.is.listsUp = false;
  await t.rejects(
    stamper(silent)(() => randomBytes(32)),
    failed(/cannot be fetched/),
  );
});
