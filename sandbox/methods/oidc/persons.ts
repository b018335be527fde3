/** Made-up people with eIDs of several countries. Nobody can have their numbers: the dates are real, the digits are not. */

export interface OidcPerson {
  readonly userId: string;
  readonly givenName: string;
  readonly familyName: string;
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  /** Stable over brokers. */
  readonly uuid: string;
  /** By country, ISO 3166-1. */
  readonly numbers: Readonly<Record<string, string>>;
  /** As an earlier eID knew the person. */
  readonly pid?: string;
  readonly organisation?: { readonly id: string; readonly name: string };
}

export const oidcPersons: readonly OidcPerson[] = [
  {
    ...{ userId: 'anna', givenName: 'Anna Prøve', familyName: 'Æblegård', birthDate: '1982-05-14' },
    uuid: '0a1e7c54-3f0b-4e8e-9c3e-2a6f5b1d0c11',
    numbers: { DK: '1405822042', SE: '198205142398', NO: '14058200000', FI: '140582-900X' },
    pid: '9208-2002-2-000000001011',
    organisation: { id: '99999999', name: 'Prøvefirma ApS' },
  },
  {
    ...{ userId: 'bo', givenName: 'Bo Prøve', familyName: 'Østerbølge', birthDate: '1976-09-23' },
    uuid: '1b2f8d65-4a1c-4f9f-8d4f-3b7a6c2e1d22',
    numbers: { DK: '2309761371', SE: '197609232394', NO: '23097600000', FI: '230976-901Y' },
    pid: '9208-2002-2-000000001028',
  },
  {
    ...{ userId: 'carla', givenName: 'Carla Prøve', familyName: 'Ågesen', birthDate: '1990-11-08' },
    uuid: '2c3a9e76-5b2d-4a0a-9e5a-4c8b7d3f2e33',
    numbers: { DK: '0811900846', SE: '199011082391', NO: '08119000000', FI: '081190-902Z' },
  },
];

export const findOidcPerson = (userId: string): OidcPerson | undefined =>
  oidcPersons.find((person) => person.userId === userId);

export const nameOf = ({ givenName, familyName }: OidcPerson): string => `${givenName} ${familyName}`;

/** Whom a hint is about: somebody with a number that stands in it. */
export const hintedPerson = (hint: string): OidcPerson | undefined =>
  oidcPersons.find(({ numbers }) => Object.values(numbers).some((number) => hint.includes(number)));
