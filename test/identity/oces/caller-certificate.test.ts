/** Which certificates calling systems may show: real ones of both generations at their time, and ones that were made wrong. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { certificatePolicies, keyUsage } from '@segl/sandbox/pki/extensions';
import type { RelativeName } from '@segl/sandbox/pki/name';
import { ManualClock } from '@segl/problem/clock';
import type { KeyUsage } from '@segl/pki/x509/certificate';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import {
  claimedCaller,
  DEFAULT_CHAINS,
  identifyCaller,
  judgeCaller,
  readCallerCertificate,
  type CallerRules,
} from '@segl/identity/oces/caller-certificate';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { endOfDanishDay } from '@segl/server/application/access/caller-settings';
import { isSeglError } from '@segl/problem/errors';
import { checkOcspResponse } from '@segl/pki/revocation/ocsp';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { createTestPki, issue, TEST_TIME } from '../../support/signatures/test-pki.ts';
import { vector } from '../../support/signatures/vectors.ts';
import { every } from '../../support/sweep.ts';

const POLICIES = '1.2.3.4';
const UUID = '52f1f16e-0e0c-4ab8-9f1c-3d4f1f7fbb5c';

const rulesOf = (name: 'production' | 'test', change: Partial<CallerRules> = {}): CallerRules => ({
  environment: ocesEnvironment(name),
  chains: DEFAULT_CHAINS[name],
  oces2Ends: endOfDanishDay('2023-10-31'),
  intermediates: [],
  ...change,
});

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'accepted';
  } catch (error) {
    return isSeglError(error) ? `${error.code} ${error.text}` : String(error);
  }
};

t.test('the last day ends at midnight in Denmark, in summer and winter', async (t) => {
  t.same(endOfDanishDay('2023-10-31'), new Date('2023-10-31T23:00:00Z'));
  t.same(endOfDanishDay('2023-06-30'), new Date('2023-06-30T22:00:00Z'));
  for (const wrong of ['2023-06-31', '31-10-2023', '2023-10-31T00:00', 'never', '']) {
    t.equal(endOfDanishDay(wrong), undefined, wrong);
  }
});

t.test('real certificates of the test environment', async (t) => {
  const leaf = (name: string) => {
    const file = vector(t, 'nemid', 'certs', 'leaf', name);
    return file === undefined ? undefined : readCallerCertificate(Uint8Array.from(readFileSync(file)));
  };
  const foces = leaf('seal-net_oces2_PP_FOCES_gyldig.der');
  const voces = leaf('seal-net_oces2_PP_VOCES_gyldig.der');
  const renewed = leaf('laravel-nemid_nemid-VOCES-business-valid.der');
  const blocked = leaf('laravel-nemid_nemid-VOCES-business-blocked.der');
  const older = leaf('laravel-nemid_nemid-VOCES-business-expired.der');
  const moces = leaf('laravel-nemid_nemid-MOCES-employee-valid.der');
  const poces = leaf('laravel-nemid_nemid-POCES-personal-valid.der');
  if (!foces || !voces || !renewed || !blocked || !older || !moces || !poces) return;
  const then = new Date('2018-06-01T12:00:00Z');
  const later = new Date('2021-06-01T12:00:00Z');
  const any = rulesOf('test', { chains: ['*'] });

  t.same(identifyCaller(foces, [], rulesOf('test'), then).id, {
    cvr: '30808460',
    kind: 'FID',
    identifier: '94731315',
  });
  const company = { cvr: '30808460', kind: 'UID', identifier: '25351738' };
  t.same(identifyCaller(voces, [], rulesOf('test'), then).id, company);
  t.same(identifyCaller(renewed, [], any, later).id, company, 'another certificate, the same company');

  const refused = (certificate: typeof foces, at: Date, rules = rulesOf('test')): string =>
    codeOf(() => identifyCaller(certificate, [], rules, at));
  t.match(refused(renewed, later), /^CALLER_CHAIN_REFUSED .*Systemtest XXII CA is not accepted/);
  t.match(
    refused(older, new Date('2014-03-24T14:00:00Z')),
    /^CALLER_CHAIN_REFUSED .*Systemtest VIII CA is not/,
  );
  t.match(refused(foces, later), /^CALLER_CERTIFICATE_EXPIRED .*expired at 2020-01-30/);
  t.match(
    refused(foces, new Date('2016-01-01')),
    /^CALLER_CERTIFICATE_EXPIRED .*not valid before 2017-01-30/,
  );
  t.match(refused(foces, then, rulesOf('production')), /^CALLER_CHAIN_REFUSED .*not known or not trusted/);
  t.match(refused(moces, later, any), /^CALLER_TYPE_REFUSED .*type MOCES, which names a person/);
  t.match(refused(poces, later, any), /^CALLER_TYPE_REFUSED .*type POCES/);
  t.notMatch(refused(poces, later, any), /Karlsen|PID/, 'persons are not named');

  t.test('the cut-off date', async (t) => {
    const cut = (day: string): CallerRules => rulesOf('test', { oces2Ends: endOfDanishDay(day) });
    t.match(refused(foces, new Date('2018-06-01T22:00:00Z'), cut('2018-06-01')), /^CALLER_OCES2_ENDED/);
    t.equal(refused(foces, new Date('2018-06-01T21:59:59Z'), cut('2018-06-01')), 'accepted');
    t.equal(refused(foces, then, rulesOf('test', { oces2Ends: undefined })), 'accepted');
  });

  t.test('a revoked one, by the list of its authority', async (t) => {
    const file = vector(t, 'nemid', 'crl', 'systemtest221.crl');
    if (file === undefined) return;
    const at = new Date('2021-05-13T12:00:00Z');
    const revocation = new RevocationService({
      clock: new ManualClock(at),
      post: async () => ({ status: 503, contentType: 'text/plain', body: new Uint8Array() }),
      get: async (url) =>
        url.includes('systemtest22')
          ? { status: 200, contentType: 'application/pkix-crl', body: readFileSync(file) }
          : { status: 404, contentType: 'text/plain', body: new Uint8Array() },
    });
    await t.rejects(judgeCaller(blocked, [], any, { at, revocation }), {
      code: 'CALLER_CERTIFICATE_REVOKED',
    });
    await t.rejects(judgeCaller(foces, [], rulesOf('test'), { at: then, revocation }), {
      code: 'CALLER_STATUS_UNKNOWN',
    });
  });
});

t.test('certificates that were made wrong', async (t) => {
  const pki = createTestPki();
  const rules: CallerRules = {
    environment: ocesEnvironment('sandbox', { anchors: [pki.root.certificate.der], policyPrefix: POLICIES }),
    chains: ['*'],
    oces2Ends: endOfDanishDay('2023-10-31'),
    intermediates: [pki.issuingCa.certificate.der],
  };
  const made = (serialNumber: string, type = 4, more: RelativeName[] = [], issuer = pki.issuingCa) =>
    issue(
      [{ C: 'DK' }, { O: 'Prøve A/S // CVR:12345678' }, { CN: 'prøve', serialNumber }, ...more],
      [
        keyUsage('digitalSignature'),
        certificatePolicies({ oid: `${POLICIES}.${type}.1`, cps: 'http://x.invalid' }),
      ],
      { issuer },
    ).certificate;
  const verdict = (...of: Parameters<typeof made>): string =>
    codeOf(() => identifyCaller(made(...of), [], rules, TEST_TIME));

  t.equal(verdict('CVR:12345678-FID:1336467092507'), 'accepted', 'the sandbox knows no last day');
  t.equal(verdict('CVR:12345678-UID:12345678', 3), 'accepted');
  t.match(verdict('CVR:12345678-FID:1', 3), /^CALLER_TYPE_REFUSED .*not issued under the policy/);
  t.match(verdict('CVR:87654321-FID:1'), /^CALLER_TYPE_REFUSED .*two companies/);
  t.match(verdict('FID:1'), /^CALLER_TYPE_REFUSED .*not that of an OCES/);
  t.match(
    verdict('CVR:12345678-FID:1', 4, [], pki.root),
    'accepted',
    'right below the anchor, with chains *',
  );
  t.match(
    verdict(`UI:DK-O:G:${UUID}`),
    /^CALLER_TYPE_REFUSED .*subject is not one of OCES3/,
    'without an organisation identifier',
  );
  const stranger = createTestPki();
  t.match(verdict('CVR:12345678-FID:1', 4, [], stranger.issuingCa), /^CALLER_CHAIN_REFUSED/);
  t.match(
    codeOf(() => readCallerCertificate(Buffer.from('no certificate'))),
    /^CALLER_CERTIFICATE_UNREADABLE/,
  );
  const narrow = (chain: string): string =>
    codeOf(() => identifyCaller(made('CVR:12345678-FID:1'), [], { ...rules, chains: [chain] }, TEST_TIME));
  t.equal(narrow('Segl Test Root > Segl Test Issuing CA'), 'accepted');
  t.equal(narrow('Segl * > *'), 'accepted');
  for (const chain of [
    'Segl Test Root',
    'Segl.Test.Root > Segl Test Issuing CA',
    'Segl Test Root > Segl Test',
    '',
  ]) {
    t.match(narrow(chain), /^CALLER_CHAIN_REFUSED/, chain);
  }
});

t.test('real certificates of OCES3', async (t) => {
  const leaf = (name: string) => {
    const file = vector(t, 'oces3', `leaf-${name}.pem`);
    return file === undefined
      ? undefined
      : readCallerCertificate(certificatesFromPem(readFileSync(file, 'utf8'))[0]!);
  };
  const production = leaf('system-prod-skat');
  const test = leaf('system-test-skat');
  const organisation = leaf('organisation-test-neb');
  const employee = leaf('test-luca_pacioli');
  const local = leaf('test-luca_pacioli_30808460');
  if (!production || !test || !organisation || !employee || !local) return;
  const at = new Date('2026-04-01T12:00:00Z');
  const identified = (certificate: typeof test, name: 'production' | 'test') =>
    identifyCaller(certificate, [], rulesOf(name), at).id;
  t.same(identified(production, 'production'), {
    ...{ cvr: '19552101', kind: 'UUID' },
    identifier: 'bf204036-6f12-4d62-bcc7-5930618355c6',
  });
  t.same(identified(test, 'test'), {
    ...{ cvr: '19552101', kind: 'UUID' },
    identifier: '5e50b9bb-22fd-483d-baf7-fd077ed975f5',
  });
  t.same(identified(organisation, 'test'), {
    ...{ cvr: '29915938', kind: 'UUID' },
    identifier: '14bc679e-add3-4295-89ec-26a1c11f69fc',
  });
  t.same(claimedCaller(test), identified(test, 'test'));
  t.equal(claimedCaller(employee), undefined);
  const refused = (certificate: typeof test, name: 'production' | 'test', when = at): string =>
    codeOf(() => identifyCaller(certificate, [], rulesOf(name), when));
  t.match(refused(production, 'test'), /^CALLER_CHAIN_REFUSED .*not known or not trusted/);
  t.match(refused(test, 'production'), /^CALLER_CHAIN_REFUSED .*not known or not trusted/);
  t.match(refused(test, 'test', new Date('2029-03-25')), /^CALLER_CERTIFICATE_EXPIRED/);
  for (const person of [employee, local]) {
    t.match(refused(person, 'test'), /^CALLER_TYPE_REFUSED .*type employee, which names a person/);
    t.notMatch(refused(person, 'test'), /Pacioli/, 'persons are not named');
  }

  t.test('every changed byte of one is refused', async (t) => {
    const { der } = test;
    for (let index = 0; index < der.length; index += every(7)) {
      const changed = Uint8Array.from(der);
      changed[index]! ^= 1;
      const verdict = codeOf(() => identifyCaller(readCallerCertificate(changed), [], rulesOf('test'), at));
      if (!/^CALLER_/.test(verdict)) t.fail(`byte ${index}: ${verdict}`);
    }
    t.pass();
  });

  t.test('its status, by the answer of its authority, whose signer lives three days', async (t) => {
    const file = vector(t, 'oces3', 'leaf-organisation-test-neb.ocsp.der');
    if (file === undefined) return;
    const reply = Uint8Array.from(readFileSync(file));
    const then = new Date('2025-12-08T09:35:05Z');
    const [, issuer] = identifyCaller(organisation, [], rulesOf('test'), then).path;
    const status = (bytes: Uint8Array, certificate = organisation, when = then): string =>
      checkOcspResponse(bytes, { certificate, issuer: issuer!, at: when }).status;
    t.equal(status(reply), 'good');
    t.throws(() => status(reply, test), { code: 'OCSP_INVALID' }, 'about another certificate');
    t.throws(() => status(reply, organisation, new Date('2025-12-12T00:00:00Z')), { code: 'OCSP_INVALID' });
    for (let index = 0; index < reply.length; index += every(7)) {
      const changed = Uint8Array.from(reply);
      changed[index]! ^= 1;
      t.throws(() => status(changed), { code: /./ }, `byte ${index}`);
    }
  });
});

t.test('certificates of OCES3 that were made wrong', async (t) => {
  const pki = createTestPki();
  const rules: CallerRules = {
    environment: ocesEnvironment('sandbox', { anchors: [pki.root.certificate.der], policyPrefix: POLICIES }),
    chains: ['*'],
    oces2Ends: endOfDanishDay('2023-10-31'),
    intermediates: [pki.issuingCa.certificate.der],
  };
  const right: RelativeName[] = [
    { C: 'DK' },
    { organizationIdentifier: 'NTRDK-12345678' },
    { O: 'Prøve A/S' },
    { serialNumber: `UI:DK-O:G:${UUID}` },
    { CN: 'Sagssystem' },
  ];
  /** `change`: relative names that stand in place of those of their kind, or besides them. */
  const verdict = (
    change: {
      instead?: RelativeName[];
      besides?: RelativeName[];
      policy?: string;
      usage?: KeyUsage[];
    } = {},
  ): string => {
    const { instead = [], besides = [], policy = '3.7.1', usage = ['digitalSignature'] } = change;
    const replaced = instead.flatMap((one) => Object.keys(one));
    const subject = right.filter((one) => !Object.keys(one).some((type) => replaced.includes(type)));
    const named = instead.filter((one) => Object.values(one).some((value) => value !== ''));
    const { certificate } = issue(
      [...subject, ...named, ...besides],
      [keyUsage(...usage), certificatePolicies({ oid: `${POLICIES}.${policy}`, cps: 'http://x.invalid' })],
      { issuer: pki.issuingCa },
    );
    return codeOf(() => identifyCaller(certificate, [], rules, TEST_TIME));
  };
  t.equal(verdict(), 'accepted');
  t.equal(verdict({ policy: '3.7' }), 'accepted', 'whichever version of the policy');
  t.equal(verdict({ usage: ['digitalSignature', 'nonRepudiation'] }), 'accepted', 'an organisation');
  const subject = /^CALLER_TYPE_REFUSED .*subject is not one of OCES3/;
  const wrong: Record<string, [Parameters<typeof verdict>[0], RegExp]> = {
    'a session, which is no global identifier': [
      { instead: [{ serialNumber: `UI:DK-O:C:${UUID}` }] },
      subject,
    ],
    'a person': [{ instead: [{ serialNumber: `UI:DK-P:G:${UUID}` }] }, subject],
    'no UUID': [{ instead: [{ serialNumber: 'UI:DK-O:G:12345678' }] }, subject],
    'more than a UUID': [{ instead: [{ serialNumber: `UI:DK-O:G:${UUID}0` }] }, subject],
    'no company': [{ instead: [{ organizationIdentifier: '' }] }, subject],
    'a company of seven digits': [{ instead: [{ organizationIdentifier: 'NTRDK-1234567' }] }, subject],
    'a company of another country': [{ instead: [{ organizationIdentifier: 'NTRSE-12345678' }] }, subject],
    'two companies': [{ besides: [{ organizationIdentifier: 'NTRDK-87654321' }] }, subject],
    'two serial numbers': [{ besides: [{ serialNumber: 'CVR:12345678-FID:1' }] }, subject],
    'no name': [{ instead: [{ CN: '' }] }, /^CALLER_TYPE_REFUSED .*names nobody/],
    'no organisation': [{ instead: [{ O: '' }] }, /^CALLER_TYPE_REFUSED .*names nobody/],
    'the policy of employees': [{ policy: '2.7' }, /^CALLER_TYPE_REFUSED .*not issued under the policy/],
    'another policy of companies': [{ policy: '3.70' }, /^CALLER_TYPE_REFUSED .*not issued under/],
    'a key for encryption': [{ usage: ['keyEncipherment'] }, /^CALLER_TYPE_REFUSED .*not for digital sign/],
    'a key of an authority': [
      { usage: ['digitalSignature', 'keyCertSign'] },
      /^CALLER_TYPE_REFUSED .*key is that of an authority/,
    ],
    'an employee': [
      { instead: [{ serialNumber: `UI:DK-E:G:${UUID}` }], policy: '2.7' },
      /^CALLER_TYPE_REFUSED .*type employee/,
    ],
  };
  for (const [name, [change, expected]] of Object.entries(wrong)) t.match(verdict(change), expected, name);
});
