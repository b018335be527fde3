/** What other systems are told of a log-on, whichever eID it was: name spaces and names of the contract. Pure. */
import type { AssertedAttribute, Assurance } from '@segl/identity/method';
import type { LogOn } from './model.ts';

/** Levels as the attribute `security-level` counts them. */
const LEVELS: Readonly<Record<Assurance, string>> = { low: '2', substantial: '3', high: '4' };

/** The national id under the name of its country and kind, e.g. `no.fnr`. */
const nationalIdName = ({ nationality, type }: NonNullable<LogOn['nationalId']>): string =>
  `${nationality}.${type}`.toLowerCase();

/**
 * All attributes of a log-on: those of every eID, then those of this one. What is not known is left out. A name that two
 * name spaces have carries the same value in both, as some readers look at names alone.
 */
export function toldAttributes(service: string, logOn: LogOn): readonly AssertedAttribute[] {
  const { method, family, displayName, assurance, subjectId, nationalId, birthDate, attributes } = logOn;
  const common: readonly (readonly [namespace: string, name: string, value: string | undefined])[] = [
    ['signicat', 'service-name', service],
    ['signicat', 'method-name', method],
    ['signicat', 'plain-name', displayName],
    ['signicat', 'security-level', LEVELS[assurance]],
    ['signicat', 'unique-id', subjectId],
    ['signicat', 'national-id', nationalId?.id],
    ['signicat', 'date-of-birth', birthDate],
    ['unique-id', family, subjectId],
    ['national-id', nationalId ? nationalIdName(nationalId) : '', nationalId?.id],
  ];
  return [
    ...common.flatMap(([namespace, name, value]) =>
      value === undefined || value === '' ? [] : [{ namespace, name, value }],
    ),
    ...attributes,
  ];
}

/** The attributes of SAML 2.0 by name: never left out, and empty where nothing is known. */
export const saml2Attributes = (logOn: LogOn): readonly (readonly [name: string, value: string])[] => [
  ['common-name', logOn.displayName],
  ['given-name', logOn.givenName],
  ['surname', logOn.surname],
  ['date-of-birth', logOn.birthDate ?? ''],
  ['national-identity', logOn.nationalId?.id ?? ''],
  ['national-identity-country', logOn.nationalId?.nationality ?? ''],
  ['method-name', logOn.method],
  ['security-level', LEVELS[logOn.assurance]],
  ['unique-id', logOn.subjectId],
];
