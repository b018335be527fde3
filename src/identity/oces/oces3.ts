/**
 * OCES3, the certificates that Den Danske Stat issues since 2021 to organisations, their systems and their employees. The
 * holder is a UUID (`UI:DK-O:G:…`) below a CVR number in organizationIdentifier; both stay the same when it is renewed.
 */
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import type { Certificate } from '@segl/pki/x509/certificate';
import { ocesProblems } from './problems.ts';

export interface Oces3Identity {
  /** An organisation or one of its systems, which differ in their key usage alone; or somebody employed there. */
  readonly holder: 'organisation' | 'employee';
  readonly cvr: string;
  /** Lower case. */
  readonly uuid: string;
  readonly commonName: string;
  /** Name of the organisation. */
  readonly organization: string;
}

/** Attribute types of a subject (X.520). */
const ATTRIBUTE = {
  commonName: '2.5.4.3',
  serialNumber: '2.5.4.5',
  organization: '2.5.4.10',
  organizationIdentifier: '2.5.4.97',
} as const;

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

interface Shape {
  readonly holder: Oces3Identity['holder'];
  /** Of serialNumber. `G`: the same towards everybody; `C`: known in its company alone. */
  readonly pattern: RegExp;
  /** Which policies follow the prefix of OCES; a version follows them. */
  readonly arc: string;
}

const SHAPES: readonly Shape[] = [
  { holder: 'organisation', pattern: new RegExp(`^UI:DK-O:G:(${UUID})$`, 'i'), arc: '3.7' },
  { holder: 'employee', pattern: new RegExp(`^UI:DK-E:[CG]:(${UUID})$`, 'i'), arc: '2.7' },
];

/** NTR: a national register of companies (ETSI EN 319 412-1, 5.1.4); in Denmark that is CVR. */
const COMPANY = /^NTRDK-(\d{8})$/;

/** Whether a subject is named in the way of OCES3, rightly or not. */
export const isOces3 = ({ subject }: Certificate): boolean =>
  subject.attributes(ATTRIBUTE.serialNumber).some((value) => /^UI:DK-/i.test(value)) ||
  subject.attributes(ATTRIBUTE.organizationIdentifier).some((value) => /^NTRDK-/i.test(value));

const refused = (why: Problem): SeglError => ocesProblems.error('OCES_INVALID', { why });

/** The only value of an attribute; undefined: there is none, or several, in which readers could see different things. */
function onlyOne({ subject }: Certificate, type: string): string | undefined {
  const [value, ...more] = subject.attributes(type);
  return more.length === 0 ? value : undefined;
}

/** Whom a certificate names; nothing else is looked at. */
export function oces3Named(
  certificate: Certificate,
): Pick<Oces3Identity, 'holder' | 'cvr' | 'uuid'> | undefined {
  const serialNumber = onlyOne(certificate, ATTRIBUTE.serialNumber) ?? '';
  const [, cvr] = COMPANY.exec(onlyOne(certificate, ATTRIBUTE.organizationIdentifier) ?? '') ?? [];
  for (const { holder, pattern } of SHAPES) {
    const [, uuid] = pattern.exec(serialNumber) ?? [];
    if (uuid !== undefined && cvr !== undefined) return { holder, cvr, uuid: uuid.toLowerCase() };
  }
  return undefined;
}

/** Policies that organisations and their systems get certificates under; versions follow. */
export const organisationPolicy = (prefix: string): string => `${prefix}.3.7`;

/**
 * Reads type and identity of an end-entity certificate; subject, policy and key usage must agree. No extended key usage is
 * asked for, as none is issued. `prefix`: of the policies, e.g. `1.2.208.169.1.1.1`. Throws OCES_INVALID {why}. The path is
 * not checked here.
 */
export function readOces3(certificate: Certificate, prefix: string): Oces3Identity {
  const { isCa, keyUsage, policies } = certificate;
  if (isCa) throw refused(ocesProblems.of('oces/authority'));
  const named = oces3Named(certificate);
  if (!named) throw refused(ocesProblems.of('oces/subject-of-oces3'));
  const { holder } = named;
  const policy = `${prefix}.${SHAPES.find((shape) => shape.holder === holder)!.arc}`;
  if (!policies.some((oid) => oid === policy || oid.startsWith(`${policy}.`)))
    throw refused(ocesProblems.of('oces/policy', { type: holder, policies: [policy] }));
  if (!keyUsage?.has('digitalSignature')) throw refused(ocesProblems.of('oces/not-for-signatures'));
  if (keyUsage.has('keyCertSign') || keyUsage.has('cRLSign'))
    throw refused(ocesProblems.of('oces/key-of-authority'));
  const commonName = onlyOne(certificate, ATTRIBUTE.commonName);
  const organization = onlyOne(certificate, ATTRIBUTE.organization);
  if (!commonName || !organization) throw refused(ocesProblems.of('oces/nameless'));
  return { ...named, commonName, organization };
}
