import type { Config } from '../../config/config.ts';
import type { LoginService } from '../../application/login-api.ts';
import type { SigningFlow, UserSessionFlow } from '../../application/signing-api.ts';
import type { Logger } from '../../adapters/telemetry/log.ts';
import type { LoginAnswers } from '../login/answers.ts';
import type { Pages } from './page.ts';

/** What the portal's handlers work with. */
export interface Portal {
  readonly flow: SigningFlow;
  readonly sessions: UserSessionFlow;
  /** Absent: nobody logs on here for another system. */
  readonly logins?: LoginPages | undefined;
  readonly config: Pick<Config, 'publicUrl' | 'maxDocumentBytes'>;
  readonly log: Logger;
  readonly pages: Pages;
}

/** Log-ons for other systems, and how these are answered. */
export interface LoginPages {
  readonly service: LoginService;
  readonly answers: LoginAnswers;
}
