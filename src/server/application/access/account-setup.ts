/** Setting up an account as its own service provider. */
import type { Catalogue } from '@segl/identity/catalogue';
import type { AccountSetup, DoctorFinding } from '@segl/identity/method';
import { identityProblems } from '@segl/identity/problems';
import type { Problem } from '@segl/problem/problem';
import type { Clock } from '@segl/problem/clock';
import { accountExists } from '../../adapters/postgres/accounts/accounts.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { setSetup } from '../../adapters/postgres/accounts/method-setups.ts';

interface Setting {
  readonly service: string;
  /** Id of the method's module. */
  readonly module: string;
  /** Names that may be ordered; absent: all. */
  readonly methods?: readonly string[] | undefined;
}

/**
 * Stores the set-up that `read` gives, if nothing about it is wrong; gives what was found. Throws PROVIDER_REFUSED
 * {problems}, and what `read` throws.
 */
export async function setUpAccount(
  { db, clock, catalogue }: { readonly db: Db; readonly clock: Clock; readonly catalogue: Catalogue },
  { service, module, methods }: Setting,
  read: () => Promise<{ readonly setup: AccountSetup; readonly findings: readonly DoctorFinding[] }>,
): Promise<readonly DoctorFinding[]> {
  const refused = (problem: Problem) => identityProblems.error('PROVIDER_REFUSED', { problems: [problem] });
  if (!(await accountExists(db, service))) {
    throw refused(identityProblems.of('provider/no-account', { service }));
  }
  const known = catalogue.entries.filter((entry) => entry.module === module).map(({ name }) => name);
  const unknown = methods?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length > 0) {
    throw refused(identityProblems.of('provider/methods-unknown', { unknown, known }));
  }
  const { setup, findings } = await read();
  await setSetup(db, { service, module, setup, methods: methods ?? null, changedAt: clock.now() });
  return findings;
}
