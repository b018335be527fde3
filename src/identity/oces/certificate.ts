/** OCES certificates: which of the four types one is, and who it names. */
import { ocesProblems } from './problems.ts';
import type { Certificate } from '@segl/pki/x509/certificate';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';

/** Person, employee, company, function. */
export type OcesType = 'POCES' | 'MOCES' | 'VOCES' | 'FOCES';

export interface OcesIdentity {
  readonly type: OcesType;
  /** Name of the person, employee, company or function; of a pseudonym what stands in its place. */
  readonly commonName: string;
  /** The attribute serialNumber as it stands, e.g. `PID:9208-2002-2-123456789012`. */
  readonly serialNumber: string;
  /** The identifier within it: PID, RID, UID or FID, without its prefix. */
  readonly identifier: string;
  /** Company number; absent in person certificates. */
  readonly cvr?: string;
  /** Name of the company; absent in person certificates. */
  readonly organization?: string;
  /** The person asked not to be named (POCES). */
  readonly pseudonym?: true;
  /** The person was 15 to 18 years old at issuance (POCES), and could hardly enter into contracts. */
  readonly youth?: true;
}

/** Certificate policies that are accepted: those below a prefix. */
export interface OcesPolicies {
  /** E.g. `1.2.208.169.1.1.1`. */
  readonly prefix: string;
  /** `by-type`: .1 POCES, .2 MOCES, .3 VOCES, .4 FOCES follow the prefix. `common`: one policy for all types. */
  readonly arcs: 'by-type' | 'common';
}

/** Attribute types of a subject (X.520). */
const ATTRIBUTE = {
  commonName: '2.5.4.3',
  serialNumber: '2.5.4.5',
  organization: '2.5.4.10',
  unit: '2.5.4.11',
  pseudonym: '2.5.4.65',
} as const;

interface Shape {
  readonly type: OcesType;
  /** Of serialNumber. The length of identifiers is not fixed: 8 digits are usual, 13 occur. */
  readonly pattern: RegExp;
  /** The arc that follows the policy prefix. */
  readonly arc: string;
  /** Of a human being, who may commit by a signature. */
  readonly personal: boolean;
}

const SHAPES: readonly Shape[] = [
  { type: 'POCES', pattern: /^PID:(?<identifier>\d+(?:-\d+)*)$/, arc: '1', personal: true },
  { type: 'MOCES', pattern: /^CVR:(?<cvr>\d+)-RID:(?<identifier>\d+)$/, arc: '2', personal: true },
  { type: 'VOCES', pattern: /^CVR:(?<cvr>\d+)-UID:(?<identifier>\d+)$/, arc: '3', personal: false },
  { type: 'FOCES', pattern: /^CVR:(?<cvr>\d+)-FID:(?<identifier>\d+)$/, arc: '4', personal: false },
];

/** `NETS DANID A/S // CVR:30808460` */
const COMPANY = /^(?<name>.*?)\s*\/\/\s*CVR:(?<cvr>\d+)$/;

/** The unit of youth certificates says in words: between 15 and 18. */
const YOUTH = /\b15\b.*\b18\b/;

/**
 * Reads type and identity of an end-entity certificate. The serialNumber (in whichever relative name it stands), the
 * policy (one of `policies`; a string is a prefix by type) and the key usage must all tell the same type.
 * Throws OCES_INVALID {why}. The path is not checked here.
 */
export function readOces(certificate: Certificate, policies: string | readonly OcesPolicies[]): OcesIdentity {
  if (certificate.isCa) throw refused(ocesProblems.of('oces/authority'));
  const { shape, serialNumber, groups } = shapeOf(certificate);
  const { type } = shape;
  requirePolicy(certificate, shape, typeof policies === 'string' ? byType(policies) : policies);
  requireKeyUsage(certificate, shape);
  const { identifier = '', cvr } = groups;
  const identity = { type, serialNumber, identifier };
  if (type === 'POCES') return { ...identity, ...readPerson(certificate) };
  const commonName = certificate.subject.attribute(ATTRIBUTE.commonName);
  if (!commonName) throw refused(ocesProblems.of('oces/nameless'));
  return { ...identity, commonName, ...readCompany(certificate, cvr ?? '') };
}

const refused = (why: Problem): SeglError => ocesProblems.error('OCES_INVALID', { why });

const byType = (prefix: string): readonly OcesPolicies[] => [{ prefix, arcs: 'by-type' }];

/** Exactly one serialNumber of a subject may be an OCES one: with two, readers could differ in whom they see. */
function shapeOf({ subject }: Certificate) {
  const [one, ...more] = shapesIn(subject);
  if (!one) {
    throw refused(ocesProblems.of('oces/serial-number'));
  }
  if (more.length > 0) throw refused(ocesProblems.of('oces/serial-numbers'));
  return one;
}

const prefixesOf = (arc: string, policies: readonly OcesPolicies[]): string[] =>
  policies.map(({ prefix, arcs }) => (arcs === 'by-type' ? `${prefix}.${arc}` : prefix));

/** Under which policies certificates of a type are issued; versions follow. */
export const policiesOf = (type: OcesType, policies: readonly OcesPolicies[]): string[] =>
  SHAPES.filter((shape) => shape.type === type).flatMap(({ arc }) => prefixesOf(arc, policies));

/** Whom a certificate names by its serialNumber; nothing else is looked at. */
export const namesIn = ({ subject }: Certificate): Pick<OcesIdentity, 'type' | 'identifier' | 'cvr'>[] =>
  shapesIn(subject).map(({ shape: { type }, groups: { identifier = '', cvr } }) => ({
    ...{ type, identifier },
    ...(cvr !== undefined && { cvr }),
  }));

const shapesIn = (subject: Certificate['subject']) =>
  subject.attributes(ATTRIBUTE.serialNumber).flatMap((serialNumber) =>
    SHAPES.flatMap((shape) => {
      const groups = shape.pattern.exec(serialNumber)?.groups;
      return groups ? [{ shape, serialNumber, groups }] : [];
    }),
  );

function requirePolicy(certificate: Certificate, { type, arc }: Shape, policies: readonly OcesPolicies[]) {
  const prefixes = prefixesOf(arc, policies);
  const accepted = certificate.policies.some((oid) =>
    prefixes.some((prefix) => oid === prefix || oid.startsWith(`${prefix}.`)),
  );
  if (accepted) return;
  throw refused(ocesProblems.of('oces/policy', { type, policies: prefixes }));
}

function requireKeyUsage({ keyUsage }: Certificate, { type, personal }: Shape): void {
  if (!keyUsage?.has('digitalSignature')) throw refused(ocesProblems.of('oces/not-for-signatures'));
  if (keyUsage.has('keyCertSign') || keyUsage.has('cRLSign'))
    throw refused(ocesProblems.of('oces/key-of-authority'));
  if (personal && !keyUsage.has('nonRepudiation')) {
    throw refused(ocesProblems.of('oces/not-committing'));
  }
  if (!personal && keyUsage.has('nonRepudiation')) {
    throw refused(ocesProblems.of('oces/committing', { type }));
  }
}

function readPerson({ subject }: Certificate): Pick<OcesIdentity, 'commonName' | 'pseudonym' | 'youth'> {
  const alias = subject.attribute(ATTRIBUTE.pseudonym);
  const commonName = subject.attribute(ATTRIBUTE.commonName) ?? alias;
  if (!commonName) throw refused(ocesProblems.of('oces/nameless'));
  const pseudonym = alias !== undefined || /^pseudonym$/i.test(commonName);
  const youth = subject.attributes(ATTRIBUTE.unit).some((unit) => YOUTH.test(unit));
  return { commonName, ...(pseudonym && { pseudonym }), ...(youth && { youth }) };
}

/** The company stands in the organization too; both must be the same one. */
function readCompany({ subject }: Certificate, cvr: string): Pick<OcesIdentity, 'cvr' | 'organization'> {
  const organization = subject.attribute(ATTRIBUTE.organization);
  const company = COMPANY.exec(organization ?? '')?.groups;
  if (company && company['cvr'] !== cvr) throw refused(ocesProblems.of('oces/two-companies'));
  const name = company ? company['name'] : organization;
  return { cvr, ...(name && { organization: name }) };
}
