/** Keys that persons registered for a method: encrypted, found by keyed hashes, until they are not used any more. */
import { randomBytes } from 'node:crypto';
import type { Registration, Registrations } from '@segl/identity/method';
import type { Clock } from '@segl/problem/clock';
import {
  deleteEndedRegistrations,
  deleteRegistration,
  deleteRegistrationsOf,
  findRegistration,
  insertRegistration,
  listRegistrations,
  listRegistrationsOf,
  useRegistration,
  type RegistrationRow,
} from '../../adapters/postgres/accounts/registrations.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import type { SecretBox } from '../../adapters/secrets/secrets.ts';

interface Stores {
  readonly db: Db;
  readonly secrets: SecretBox;
  readonly clock: Clock;
}

const contextOf = ({ module, service }: Pick<RegistrationRow, 'module' | 'service'>): string =>
  `registration:${module}:${service}`;

/** Throws SECRET_UNREADABLE. */
const opened = (secrets: SecretBox, row: RegistrationRow): Registration => {
  const { ref, service, counter, since, usedAt, until } = row;
  const value = secrets.open(row.sealed, contextOf(row)).toString('utf8');
  return { ref, service, value, counter, since, ...(usedAt && { usedAt }), until };
};

/** Of one module. */
export function createRegistrations({ db, secrets, clock }: Stores, module: string): Registrations {
  const keysOf = (key: string): Buffer[] => secrets.indexes(key, `registration-key:${module}`);
  const personsOf = (service: string, subjectId: string): Buffer[] =>
    secrets.indexes(`${service}\0${subjectId}`, `registration-person:${module}`);
  const open = (row: RegistrationRow): Registration => opened(secrets, row);
  return {
    async find(key) {
      const row = await findRegistration(db, module, keysOf(key), clock.now());
      return row && open(row);
    },
    async of(service, subjectId) {
      const persons = personsOf(service, subjectId);
      return (await listRegistrationsOf(db, { module, service, persons }, clock.now())).map(open);
    },
    add({ service, subjectId, key, value, counter, since, until }) {
      const sealed = secrets.seal(Buffer.from(value, 'utf8'), contextOf({ module, service }));
      return insertRegistration(db, {
        ...{ ref: randomBytes(8).toString('hex'), module, service, sealed, counter, since, until },
        keys: keysOf(key),
        person: personsOf(service, subjectId)[0]!,
      });
    },
    used: (ref, use) => useRegistration(db, ref, use),
    forget: (service, subjectId) =>
      deleteRegistrationsOf(db, { module, service, persons: personsOf(service, subjectId) }),
    async list(service) {
      return (await listRegistrations(db, module, clock.now(), service)).map(open);
    },
    remove: (ref) => deleteRegistration(db, module, ref),
  };
}

/** Forgets what was not used for as long as it lasts. Gives how much. Running it again changes nothing. */
export const forgetEndedRegistrations = ({ db, clock }: Pick<Stores, 'db' | 'clock'>): Promise<number> =>
  deleteEndedRegistrations(db, clock.now());
