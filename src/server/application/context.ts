/** What every step of the flow works with. Built once in the composition root. */
import type { BlobStore } from '../adapters/blobs/store.ts';
import type { Clock } from '@segl/problem/clock';
import type { Config } from '../config/config.ts';
import type { Logger } from '../adapters/telemetry/log.ts';
import type { FontSet } from '../documents/page/text/fonts.ts';
import type { SecretBox } from '../adapters/secrets/secrets.ts';
import type { Database } from '../adapters/postgres/database.ts';
import type { Listener } from '../adapters/postgres/listener.ts';
import type { AccountCheck } from './access/callers.ts';
import type { MethodDirectory } from './access/method-directory.ts';

export interface FlowContext {
  readonly db: Database;
  /** Hears what other sessions of the database say. */
  readonly listener: Listener;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly config: Config;
  /** To sign with, and to log in with, by account. */
  readonly eid: MethodDirectory;
  /** Encrypts what is stored and must not be read from a dump. */
  readonly secrets: SecretBox;
  readonly authenticator: AccountCheck;
  /** What texts of our own PDFs are set in. */
  readonly fonts: FontSet;
  readonly log: Logger;
}
