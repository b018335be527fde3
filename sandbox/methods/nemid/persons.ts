import type { CertificateState } from '../../world/holder.ts';

/** Kinds of certificates that test users hold: person, person under 18, employee. */
export type PersonKind = 'poces' | 'youth' | 'moces';

/** The company that an employee signs for. */
export interface Employment {
  /** Eight digits. */
  readonly cvr: string;
  readonly company: string;
  /** Digits. */
  readonly rid: string;
}

/** A made-up person with a NemID of the sandbox. Everything is public: it exists to be tried. */
export interface TestPerson {
  readonly userId: string;
  readonly password: string;
  readonly name: string;
  /** Ten digits, a real date and no valid check digit on a day with free numbers, so nobody can have it. */
  readonly cpr: string;
  /** As in the certificate's serialNumber, without the `PID:` before it. */
  readonly pid: string;
  readonly certificate: CertificateState;
  /** `locked`: too many wrong passwords in the past; signing ends with AUTH005. */
  readonly account: 'active' | 'locked';
  /** Absent: `poces`. */
  readonly kind?: PersonKind;
  /** Of an employee (`moces`). */
  readonly employment?: Employment;
  readonly email?: string;
  readonly address?: string;
}

const person = (
  userId: string,
  password: string,
  name: string,
  cpr: string,
  number: string,
  state: Partial<Pick<TestPerson, 'certificate' | 'account'>> = {},
): TestPerson => ({
  userId,
  password,
  name,
  cpr,
  pid: `9208-2002-2-${number}`,
  certificate: 'valid',
  account: 'active',
  ...state,
});

/** Four persons for every day, and one for each thing that goes wrong with an identity. */
export const testPersons: readonly TestPerson[] = [
  person('anna', 'Anna1234', 'Anna Prøve Æblegård', '1405822042', '000000001011'),
  person('bo', 'Bo123456', 'Bo Prøve Østerbølge', '2309761371', '000000001028'),
  person('carla', 'Carla123', 'Carla Prøve Ågesen', '0811900846', '000000001035'),
  person('dines', 'Dines123', 'Dines Prøve Blåbjørn', '1703681905', '000000001042'),
  person('esben', 'Esben123', 'Esben Spærret Prøvesen', '0512851333', '000000001059', {
    certificate: 'revoked',
  }),
  person('frida', 'Frida123', 'Frida Låst Prøvesen', '2906711228', '000000001066', { account: 'locked' }),
];
