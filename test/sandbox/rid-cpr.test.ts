/** RID-CPR: our client and the sandbox's service over mutual TLS, and answers that nobody should believe. */
import t from 'tap';
import { createRidCprClient } from '@segl/identity/methods/nemid/cpr/rid-cpr';
import type { CprMode } from '@segl/identity/methods/nemid/cpr/cpr-service';
import type { HttpPost } from '@segl/pki/revocation/http';
import { readFileSync } from 'node:fs';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { cprPost, openSandbox, setting } from './support.ts';

const WITH_NUMBER = 'CVR:99999999-RID:10000017';
const WITHOUT_NUMBER = 'CVR:99999999-RID:10000025';
const CPR = '1405822042';
const NO_CERTIFICATE = new Uint8Array([0]);

t.test('the service of the sandbox', async (t) => {
  const sandbox = await openSandbox(t);
  const url = setting(sandbox, 'RID_CPR_URL');
  const post = await cprPost(t, sandbox);
  const client = (serviceId: string, mode: CprMode) => createRidCprClient({ url, serviceId, post, mode });

  t.equal(await client('1', 'match').match(WITH_NUMBER, CPR, NO_CERTIFICATE), true);
  t.equal(await client('1', 'match').match(WITH_NUMBER, '2309761371', NO_CERTIFICATE), false);
  t.equal(await client('1', 'match').match(WITHOUT_NUMBER, CPR, NO_CERTIFICATE), false);
  t.equal(await client('2', 'lookup').lookup(WITH_NUMBER), CPR);
  t.equal(await client('2', 'lookup').lookup(WITHOUT_NUMBER), undefined, 'most have none on record');
  await client('1', 'match').test();

  const about = (name: string) => ({ params: { service: 'RID-CPR', status: name } });
  const [voces] = certificatesFromPem(readFileSync(setting(sandbox, 'VOCES_CHAIN_FILE'), 'utf8'));
  await t.rejects(client('1', 'match').match(WITH_NUMBER, CPR, voces!), {
    code: 'CPR_SERVICE_REFUSED',
    ...about('RidDoesNotMatchBase64Certificate'),
  });
  await t.rejects(client('1', 'lookup').lookup(WITH_NUMBER), {
    code: 'CPR_NOT_AGREED',
    ...about('NotAuthorizedForCprLookup'),
  });
  await t.rejects(client('99', 'match').test(), {
    code: 'CPR_NOT_AGREED',
    ...about('NotAuthorizedForServiceLookup'),
  });
  await t.rejects(client('1', 'match').match('CVR:1-RID:1', CPR, NO_CERTIFICATE), {
    code: 'CPR_PERSON_UNKNOWN',
    ...about('NoRidInCertificate'),
  });
  await t.rejects(client('1', 'match').lookup(WITH_NUMBER), { code: 'CPR_NOT_AGREED' });
  await t.rejects(client('1', 'none').match(WITH_NUMBER, CPR, NO_CERTIFICATE), { code: 'CPR_NOT_AGREED' });
  for (let guess = 0; guess < 19; guess++) {
    await client('1', 'match').match(WITHOUT_NUMBER, `01010100${String(guess + 10)}`, NO_CERTIFICATE);
  }
  await t.rejects(client('1', 'match').match(WITHOUT_NUMBER, CPR, NO_CERTIFICATE), { code: 'CPR_GUESSING' });

  const stranger = createRidCprClient({
    ...{ url, serviceId: '1', mode: 'match' },
    post: await cprPost(t, sandbox, false),
  });
  await t.rejects(stranger.test(), { code: 'CPR_NOT_AGREED', ...about('MissingClientCert') });
});

t.test('every status word of the schema has its outcome', async (t) => {
  const answering =
    (word: string): HttpPost =>
    async () => ({
      status: 200,
      contentType: 'text/xml',
      body: Buffer.from(
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>' +
          '<TestConnectionOutput xmlns="urn:oio:danid:nemid:erhverv:1.0.0"><RequestStatusCode>1</RequestStatusCode>' +
          `<EmployeeIdentifierLookupStatusText>${word}</EmployeeIdentifierLookupStatusText>` +
          '</TestConnectionOutput></e:Body></e:Envelope>',
      ),
    });
  const outcomes = {
    NoRidInCertificate: 'CPR_PERSON_UNKNOWN',
    NotAuthorizedForCprLookup: 'CPR_NOT_AGREED',
    BruteForceAttemptDetected: 'CPR_GUESSING',
    NotAuthorizedForServiceLookup: 'CPR_NOT_AGREED',
    NotRidServiceRequest: 'CPR_SERVICE_REFUSED',
    XmlParseError: 'CPR_SERVICE_REFUSED',
    XmlVersionNotSupported: 'CPR_SERVICE_REFUSED',
    RidDoesNotMatchBase64Certificate: 'CPR_SERVICE_REFUSED',
    MissingClientCert: 'CPR_NOT_AGREED',
    InternalError: 'UNAVAILABLE',
    MissingArgumentError: 'CPR_SERVICE_REFUSED',
    SomethingNew: 'CPR_SERVICE_REFUSED',
  };
  const test = (word: string) =>
    createRidCprClient({
      url: 'http://rid.invalid/',
      serviceId: '1',
      post: answering(word),
      mode: 'match',
    }).test();
  await test('Ok');
  for (const [word, code] of Object.entries(outcomes)) await t.rejects(test(word), { code }, word);
});
