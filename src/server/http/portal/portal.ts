import type { Config } from '../../config/config.ts';
import type { SigningFlow, UserSessionFlow } from '../../application/signing-api.ts';
import type { Logger } from '../../adapters/telemetry/log.ts';
import type { Pages } from './page.ts';

/** What the portal's handlers work with. */
export interface Portal {
  readonly flow: SigningFlow;
  readonly sessions: UserSessionFlow;
  readonly config: Pick<Config, 'publicUrl' | 'maxDocumentBytes'>;
  readonly log: Logger;
  readonly pages: Pages;
}
