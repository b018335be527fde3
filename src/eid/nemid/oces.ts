/** OCES certificates: which of the four types one is, and who it names. */
import type { Certificate } from '../../pki/certificate.ts';
import { SeglError } from '../../errors.ts';

/** Person, employee, company, function. */
export type OcesType = 'POCES' | 'MOCES' | 'VOCES' | 'FOCES';

export interface OcesIdentity {
  readonly type: OcesType;
  readonly commonName: string;
  /** The attribute serialNumber as it stands, e.g. `PID:9208-2002-2-123456789012`. */
  readonly serialNumber: string;
  /** The identifier within it: PID, RID, UID or FID, without its prefix. */
  readonly identifier: string;
  /** Company number; absent in person certificates. */
  readonly cvr?: string;
}

/** Attribute types of a subject (X.520). */
const ATTRIBUTE = { commonName: '2.5.4.3', serialNumber: '2.5.4.5' } as const;

/** Pattern of serialNumber and last arc of the policy prefix. The length of an identifier is not fixed. */
const SHAPES: readonly (readonly [type: OcesType, pattern: RegExp, arc: string])[] = [
  ['POCES', /^PID:(?<identifier>\d+(?:-\d+)*)$/, '1'],
  ['MOCES', /^CVR:(?<cvr>\d+)-RID:(?<identifier>\d+)$/, '2'],
  ['VOCES', /^CVR:(?<cvr>\d+)-UID:(?<identifier>\d+)$/, '3'],
  ['FOCES', /^CVR:(?<cvr>\d+)-FID:(?<identifier>\d+)$/, '4'],
];

/**
 * Reads type and identity of an end-entity certificate. The serialNumber, the policy (under `policyPrefix`, e.g.
 * `1.2.208.169.1.1.1`) and the key usage must all tell the same type. Throws OCES_INVALID {why}.
 * The path is not checked here.
 */
export function readOces(certificate: Certificate, policyPrefix: string): OcesIdentity {
  const refuse = (why: string): never => {
    throw new SeglError('OCES_INVALID', { why });
  };
  if (certificate.isCa) return refuse('it is that of a certification authority');
  const serialNumber = certificate.subject.attribute(ATTRIBUTE.serialNumber) ?? '';
  const commonName = certificate.subject.attribute(ATTRIBUTE.commonName);
  if (!commonName) return refuse('it names nobody');
  for (const [type, pattern, arc] of SHAPES) {
    const groups = pattern.exec(serialNumber)?.groups;
    if (!groups) continue;
    const policy = `${policyPrefix}.${arc}`;
    if (!certificate.policies.some((oid) => oid === policy || oid.startsWith(`${policy}.`))) {
      return refuse(`its subject is of type ${type}, but it is not issued under the policy ${policy}`);
    }
    if (!certificate.keyUsage?.has('digitalSignature'))
      return refuse('its key is not for digital signatures');
    const personal = type === 'POCES' || type === 'MOCES';
    if (personal && !certificate.keyUsage?.has('nonRepudiation')) {
      return refuse('its key is not for signatures that commit (nonRepudiation)');
    }
    const { identifier = '', cvr } = groups;
    return { type, commonName, serialNumber, identifier, ...(cvr ? { cvr } : {}) };
  }
  return refuse('its serial number attribute is not that of an OCES person, employee, company or function');
}
