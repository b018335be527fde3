import { readFileSync } from 'node:fs';
import t from 'tap';
import { isSeglError } from '@segl/problem/errors';
import { readOces, type OcesIdentity } from '@segl/identity/oces/certificate';
import { parseCertificate, type KeyUsage } from '@segl/pki/x509/certificate';
import { basicConstraints, certificatePolicies, keyUsage } from '@segl/sandbox/pki/extensions';
import type { RelativeName } from '@segl/sandbox/pki/name';
import { issue } from '../../support/signatures/test-pki.ts';
import { filesIn, vector } from '../../support/signatures/vectors.ts';
import { reasonOf } from '@segl/problem/problem';
import { tell } from '../../support/signatures/tell.ts';

const PREFIX = '2.25.336339283203745289174895019364711111111.1';
const PERSONAL: readonly KeyUsage[] = ['digitalSignature', 'nonRepudiation', 'keyEncipherment'];
const TECHNICAL: readonly KeyUsage[] = ['digitalSignature', 'keyEncipherment'];
const root = issue([{ CN: 'Root' }], [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')]);

const certificate = (
  subject: readonly RelativeName[],
  {
    arc = '1.5',
    usages = PERSONAL,
    ca = false,
  }: { arc?: string; usages?: readonly KeyUsage[]; ca?: boolean } = {},
) =>
  issue(
    subject,
    [
      keyUsage(...usages),
      certificatePolicies({ oid: `${PREFIX}.${arc}` }),
      ca ? basicConstraints({ ca: true }) : basicConstraints({ ca: false }),
    ],
    { issuer: root },
  ).certificate;

const read = (...input: Parameters<typeof certificate>): OcesIdentity =>
  readOces(certificate(...input), PREFIX);

/** Why it is refused; undefined: it is not. */
function refusal(...input: Parameters<typeof certificate>): string | undefined {
  try {
    read(...input);
    return undefined;
  } catch (error) {
    if (isSeglError(error, 'OCES_INVALID')) return tell(reasonOf(error));
    throw error;
  }
}

const company = (serialNumber: string, name = 'Firma A/S // CVR:12345678'): RelativeName[] => [
  { C: 'DK' },
  { O: name },
  { CN: 'Firma A/S - System', serialNumber },
];
const person = (serialNumber = 'PID:9208-2002-2-123456789012', CN = 'Åse Møller'): RelativeName[] => [
  { C: 'DK' },
  { O: 'Ingen organisatorisk tilknytning' },
  { CN, serialNumber },
];

t.test('real certificates of all four types', async (t) => {
  const folder = vector(t, 'nemid', 'certs', 'leaf');
  if (!folder) return;
  for (const { name, bytes } of filesIn(folder)) {
    const type = /[PMVF]OCES/.exec(name)?.[0];
    const identity = readOces(parseCertificate(bytes), '1.3.6.1.4.1.31313.2.4.6');
    t.equal(identity.type, type, name);
    if (type === 'POCES') t.equal(identity.cvr, undefined);
    else t.match(identity, { cvr: '30808460', organization: 'NETS DANID A/S' });
    t.throws(
      () => readOces(parseCertificate(bytes), '1.2.208.169.1.1.1'),
      { code: 'OCES_INVALID' },
      'never real',
    );
  }
  const foces = readFileSync(`${folder}/seal-net_oces2_PP_FOCES_gyldig.der`);
  t.same(readOces(parseCertificate(foces), '1.3.6.1.4.1.31313.2.4.6'), {
    type: 'FOCES',
    commonName: 'TU GENEREL FOCES gyldig (funktionscertifikat)',
    serialNumber: 'CVR:30808460-FID:94731315',
    identifier: '94731315',
    cvr: '30808460',
    organization: 'NETS DANID A/S',
  });
});

t.test('identifiers of any length, wherever the serial number stands', async (t) => {
  t.match(read(company('CVR:12345678-RID:1336467092507'), { arc: '2.6' }), {
    type: 'MOCES',
    identifier: '1336467092507',
    cvr: '12345678',
  });
  t.match(read(company('CVR:123-UID:7', 'Firma // CVR:123'), { arc: '3.5', usages: TECHNICAL }), {
    type: 'VOCES',
    cvr: '123',
    identifier: '7',
    organization: 'Firma',
  });
  t.match(read(company('CVR:1234567890-FID:1', 'Firma'), { arc: '4', usages: TECHNICAL }), {
    type: 'FOCES',
    cvr: '1234567890',
    organization: 'Firma',
  });
  const apart = [{ C: 'DK' }, { serialNumber: 'PID:9208-2002-2-1' }, { CN: 'Åse' }];
  t.match(
    read(apart),
    { type: 'POCES', identifier: '9208-2002-2-1', commonName: 'Åse' },
    'in a name of its own',
  );
  const two = [{ serialNumber: '4711' }, { CN: 'Åse', serialNumber: 'PID:9208-2002-2-2' }];
  t.match(read(two), { identifier: '9208-2002-2-2' }, 'beside a serial number of another kind');
});

t.test('pseudonyms and youths are told', async (t) => {
  t.match(read(person('PID:9208-2002-2-1', 'Pseudonym')), { commonName: 'Pseudonym', pseudonym: true });
  const youth = read([
    { C: 'DK' },
    { OU: 'Ung mellem 15 og 18 - Kan som udgangspunkt ikke lave juridisk bindende aftaler' },
    { CN: 'Ida', serialNumber: 'PID:9208-2002-2-3' },
  ]);
  t.match(youth, { youth: true });
  t.notOk('pseudonym' in youth);
  t.notOk('youth' in read(person()));
});

t.test('subject, policy and key usage must tell one type', async (t) => {
  t.equal(refusal(person()), undefined);
  t.match(refusal(person(), { arc: '2.5' }), /not issued under the policy/);
  t.match(refusal(person(), { arc: '10.5' }), /not issued under the policy/, 'an arc is compared whole');
  t.match(refusal(person(), { usages: TECHNICAL }), /nonRepudiation/);
  t.match(refusal(person(), { usages: ['nonRepudiation'] }), /not for digital signatures/);
  t.match(refusal(person(), { usages: [...PERSONAL, 'keyCertSign'] }), /authority/);
  t.match(refusal(person(), { ca: true }), /authority/);
  t.match(refusal(company('CVR:12345678-UID:1'), { arc: '3.5' }), /VOCES cannot be/);
  t.match(refusal(company('CVR:87654321-RID:1'), { arc: '2.5' }), /two companies/);
  t.match(refusal([{ serialNumber: 'PID:9208-2002-2-3' }]), /names nobody/);
  for (const wrong of [
    '',
    'PID:',
    'PID:9208-x',
    'pid:9208',
    'CVR:12345678',
    'CVR:1-XID:2',
    'PID:1-RID:2',
    'x PID:1',
  ]) {
    t.match(
      refusal([{ CN: 'Åse', ...(wrong && { serialNumber: wrong }) }]),
      /serial number attribute/,
      wrong,
    );
  }
  const twice = [{ serialNumber: 'PID:9208-2002-2-2' }, { CN: 'Åse', serialNumber: 'PID:9208-2002-2-3' }];
  t.match(refusal(twice), /several serial numbers/);
});
