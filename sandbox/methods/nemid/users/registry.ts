import { simulatorProblems } from '../problems.ts';
import { testPersons, type TestPerson } from '../persons.ts';
import { JsonFile } from '../../../world/json-file.ts';
import type { Problems } from './order.ts';

// more than anyone tries by hand, and few enough to be looked through
const MOST_USERS = 5000;

interface Saved {
  /** In the order in which they were made. */
  readonly created: TestPerson[];
  /** What was changed in those who are always there. */
  readonly changes: Record<string, Partial<TestPerson>>;
}

/** All test users: those who are always there, and those who were made. Kept on disk. */
export class UserRegistry {
  /** Lives: users who are made later appear in it, changed ones are replaced. */
  readonly all: TestPerson[];
  readonly #file: JsonFile<Saved>;

  private constructor(file: JsonFile<Saved>) {
    this.#file = file;
    const { created, changes } = file.value;
    this.all = [...testPersons.map((person) => ({ ...person, ...changes[person.userId] })), ...created];
  }

  static async open(path: string): Promise<UserRegistry> {
    return new UserRegistry(await JsonFile.open<Saved>(path, () => ({ created: [], changes: {} })));
  }

  /** What of this user belongs to somebody else already. */
  taken({ userId, cpr, pid }: TestPerson): Problems {
    return {
      ...(this.all.some((other) => other.userId === userId) && {
        alias: simulatorProblems.of('field/user-id-taken'),
      }),
      ...(this.all.some((other) => other.cpr === cpr) && {
        cpr: simulatorProblems.of('field/cpr-taken'),
      }),
      ...(this.all.some((other) => other.pid === pid) && {
        pid: simulatorProblems.of('field/pid-taken'),
      }),
    };
  }

  /** The user of this id, in any case. Throws PERSON_UNKNOWN. */
  get(userId: string): TestPerson {
    const person = this.all.find((candidate) => candidate.userId === userId.toLowerCase());
    if (!person) throw simulatorProblems.error('PERSON_UNKNOWN', { user: userId.slice(0, 60) });
    return person;
  }

  /** Everyone whose user id, name, CPR number, PID or mail address has this in it; everyone for an empty text. */
  search(text: string): TestPerson[] {
    const wanted = text.trim().toLowerCase();
    const number = wanted.replace(/^(\d{6})-(\d{1,4})$/, '$1$2');
    return this.all.filter(({ userId, name, cpr, pid, email }) =>
      wanted === ''
        ? true
        : [userId, name, pid, email ?? ''].some((field) => field.toLowerCase().includes(wanted)) ||
          cpr.includes(number),
    );
  }

  async add(person: TestPerson): Promise<void> {
    const [why] = Object.values(this.taken(person));
    if (why) throw simulatorProblems.error('BAD_REQUEST', { why });
    if (this.all.length >= MOST_USERS) {
      throw simulatorProblems.error('BAD_REQUEST', {
        why: simulatorProblems.of('sandbox/users-full', { limit: MOST_USERS }),
      });
    }
    this.all.push(person);
    this.#file.value.created.push(person);
    await this.#file.save();
  }

  /** Gives the user as changed. */
  async change(
    userId: string,
    change: Partial<Pick<TestPerson, 'password' | 'certificate'>>,
  ): Promise<TestPerson> {
    const before = this.get(userId);
    const after = { ...before, ...change };
    this.all[this.all.indexOf(before)] = after;
    const { created, changes } = this.#file.value;
    const at = created.indexOf(before);
    if (at >= 0) created[at] = after;
    else changes[before.userId] = { ...changes[before.userId], ...change };
    await this.#file.save();
    return after;
  }
}
