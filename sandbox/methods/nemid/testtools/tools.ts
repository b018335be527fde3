/** What the pages and the interface of the test tools work with. */
import type { Clock } from '@segl/problem/clock';
import type { TransactionLog } from '../client/transactions.ts';
import type { TestPerson } from '../persons.ts';
import type { BillingCounters } from '../providers/counters.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import type { UserService } from '../users/service.ts';

export interface TestTools {
  readonly users: UserService;
  readonly transactions: TransactionLog;
  readonly counters: BillingCounters;
  readonly providers: ProviderRegistry;
  readonly clock: Clock;
  /** DER of the person's certificate. */
  certificateOf(person: TestPerson): Uint8Array;
}
