/** Which certificates calling systems may show: real FOCES and VOCES at their time, and ones that were made wrong. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { certificatePolicies, keyUsage } from '@segl/sandbox/pki/extensions';
import type { RelativeName } from '@segl/sandbox/pki/name';
import { ManualClock } from '@segl/problem/clock';
import {
  DEFAULT_CHAINS,
  identifyCaller,
  judgeCaller,
  readCallerCertificate,
  type CallerRules,
} from '@segl/identity/oces/caller-certificate';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { endOfDanishDay } from '@segl/server/application/access/caller-settings';
import { isSeglError } from '@segl/problem/errors';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { createTestPki, issue, TEST_TIME } from '../../support/signatures/test-pki.ts';
import { vector } from '../../support/signatures/vectors.ts';

const POLICIES = '1.2.3.4';

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
  t.match(verdict('UI:DK-O:G:52f1f16e-0e0c-4ab8-9f1c-3d4f1f7fbb5c'), /^CALLER_OCES3 .*is of OCES3/);
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
