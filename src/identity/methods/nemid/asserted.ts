/** What other systems are told of a log-on with NemID, by the attributes that they know. */
import type { Asserted, VerifiedIdentity } from '../../method.ts';

const valueOf = ({ attributes }: VerifiedIdentity, name: string): string | undefined =>
  attributes.find((one) => one.name === name)?.value;

/** A certificate has one name for the whole: the last word of it counts as the surname. */
function namesIn(name: string): { readonly givenName: string; readonly surname: string } {
  const words = name.trim().split(/\s+/);
  return { givenName: words.slice(0, -1).join(' '), surname: words.at(-1) ?? '' };
}

export function asserts(_eid: string, identity: VerifiedIdentity): Asserted {
  const { displayName, nationalId } = identity;
  const { givenName, surname } = namesIn(displayName);
  const serialNumber = valueOf(identity, 'serialNumber') ?? '';
  const pid = /^PID:(.+)$/.exec(serialNumber)?.[1];
  const told: readonly (readonly [namespace: string, name: string, value: string | undefined])[] = [
    ['nemid', 'firstname', givenName],
    ['nemid', 'lastname', surname],
    ['nemid', 'subject-serial-number', serialNumber],
    ['nemid', 'pid', pid],
    ['nemid', 'cpr', nationalId?.id],
    ['oces', 'plain-name', displayName],
  ];
  return {
    authenticationMethod: 'urn:ksi:names:SAML:2.0:ac:OCES',
    ...{ givenName, surname },
    attributes: told.flatMap(([namespace, name, value]) =>
      value === undefined || value === '' ? [] : [{ namespace, name, value }],
    ),
  };
}
