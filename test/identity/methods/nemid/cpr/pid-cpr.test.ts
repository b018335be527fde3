import t from 'tap';
import { createPidCprClient } from '@segl/identity/methods/nemid/cpr/pid-cpr';
import type { CprMode } from '@segl/identity/methods/nemid/cpr/cpr-service';
import type { HttpPost } from '@segl/pki/revocation/http';
import {
  readPidCall,
  writeFault,
  writePidReplies,
  type PidReply,
} from '@segl/sandbox/methods/nemid/pid-cpr/soap';

const URL = 'http://pid.invalid/';
const PID = '9208-2002-2-193823564960';
const CPR = '2504050258';

/** A service that answers every request as told, over the wire format of the sandbox's service. */
const answering =
  (statusCode: number, change: (reply: PidReply) => PidReply = (reply) => reply): HttpPost =>
  async (url, body, contentType) => {
    const call = readPidCall(Buffer.from(body).toString('utf8'));
    const [request] = call.operation === 'pid' ? call.requests : [];
    const { cpr, pid, id, serviceId } = request ?? {};
    const asExpected =
      url === URL && contentType.startsWith('text/xml') && serviceId === '42 & co' && pid === PID;
    if (!asExpected) throw new Error('this is not the request that was expected');
    const answered = cpr ?? (statusCode === 0 ? CPR : undefined);
    const texts = { statusTextDK: 'tekst', statusTextUK: 'text' };
    return xml(writePidReplies([change({ cpr: answered, pid, id, statusCode, ...texts })]));
  };

const xml = (text: string, status = 200) => ({
  status,
  contentType: 'text/xml',
  body: Buffer.from(text, 'utf8'),
});

const client = (post: HttpPost, mode: CprMode = 'match') =>
  createPidCprClient({ url: URL, serviceId: '42 & co', post, mode });

t.test('match says yes or no', async (t) => {
  t.equal(await client(answering(0)).match(PID, CPR), true);
  t.equal(await client(answering(1)).match(PID, CPR), false);
});

t.test('lookup gives the number, where it is allowed', async (t) => {
  t.equal(await client(answering(0), 'lookup').lookup(PID), CPR);
  t.equal(await client(answering(0), 'lookup').match(PID, CPR), true, 'who may look up may ask too');
  await t.rejects(client(answering(0)).lookup(PID), { code: 'CPR_NOT_AGREED' });
  await t.rejects(client(answering(8), 'lookup').lookup(PID), { code: 'CPR_NOT_AGREED' });
  await t.rejects(client(answering(1), 'lookup').lookup(PID), { code: 'UNAVAILABLE' }, 'no answer to this');
  await t.rejects(client(answering(0), 'none').match(PID, CPR), { code: 'CPR_NOT_AGREED' });
});

t.test('every refusal of the service has its name', async (t) => {
  const names: [status: number, code: string, name: string][] = [
    [2, 'CPR_PERSON_UNKNOWN', 'NO_PID'],
    [4, 'CPR_PERSON_UNKNOWN', 'NO_PID_IN_CERTIFICATE'],
    [8, 'CPR_NOT_AGREED', 'NOT_AUTHORIZED_FOR_CPR_LOOKUP'],
    [16, 'CPR_GUESSING', 'BRUTE_FORCE_ATTEMPT_DETECTED'],
    [17, 'CPR_NOT_AGREED', 'NOT_AUTHORIZED_FOR_SERVICE_LOOKUP'],
    [4096, 'CPR_SERVICE_REFUSED', 'NOT_PID_SERVICE_REQUEST'],
    [8192, 'CPR_SERVICE_REFUSED', 'XML_PARSE_ERROR'],
    [8193, 'CPR_SERVICE_REFUSED', 'XML_VERSION_NOT_SUPPORTED'],
    [8194, 'CPR_SERVICE_REFUSED', 'PID_DOES_NOT_MATCH_BASE64_CERTIFICATE'],
    [8195, 'CPR_NOT_AGREED', 'MISSING_CLIENT_CERT'],
    [77, 'CPR_SERVICE_REFUSED', ''],
  ];
  for (const [status, code, name] of names) {
    const told =
      name === '' ? { code: 'cpr/status-unknown' } : { code: 'cpr/status', params: { status: name } };
    const params = { service: 'PID-CPR', status, name: told };
    await t.rejects(client(answering(status)).match(PID, CPR), { code, params }, name);
  }
  await t.rejects(
    client(answering(16384)).match(PID, CPR),
    { code: 'UNAVAILABLE' },
    'INTERNAL_ERROR may pass',
  );
});

t.test('a service that fails, or answers something else, is not believed', async (t) => {
  const posts: Record<string, HttpPost> = {
    'no connection': async () => Promise.reject(new Error('refused')),
    'a fault': async () => xml(writeFault('Server', CPR), 500),
    'a fault with status 200': async () => xml(writeFault('Server', CPR)),
    'no XML': async () => xml('OK'),
    'a DTD': async () => xml(`<!DOCTYPE a [<!ENTITY cpr "${CPR}">]><a>&cpr;</a>`),
    'no reply': async () => xml(writePidReplies([])),
    'two replies': async (...request) => {
      const { body } = await answering(0)(...request);
      const text = Buffer.from(body).toString('utf8');
      return xml(text.replace(/<p:PIDReply>.*<\/p:PIDReply>/, (reply) => reply + reply));
    },
    'no status': answering(NaN),
    'the answer to another request': answering(0, (reply) => ({ ...reply, id: 'another' })),
    'the answer about another person': answering(0, (reply) => ({ ...reply, pid: '9208-2002-2-1' })),
  };
  for (const [what, post] of Object.entries(posts)) {
    const error = await client(post)
      .match(PID, CPR)
      .catch((thrown: unknown) => thrown as Error & { code: string });
    t.match(error, { code: 'UNAVAILABLE' }, what);
    t.notMatch(String((error as Error).message), CPR, 'and no number in the error');
  }
});
