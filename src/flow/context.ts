/** What every step of the flow works with. Built once in the composition root. */
import type { BlobStore } from '../blobs/store.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { LoginRegistry, MethodRegistry } from '../eid/registry.ts';
import type { Logger } from '../log.ts';
import type { Authenticator } from '../store/accounts.ts';
import type { Database } from '../store/database.ts';

export interface FlowContext {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly config: Config;
  /** To sign with, and to log in with. */
  readonly methods: MethodRegistry;
  readonly logins: LoginRegistry;
  readonly authenticator: Authenticator;
  readonly log: Logger;
}
