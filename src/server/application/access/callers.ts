/**
 * Who may call: a service account's password, and where certificates of callers are in use, a certificate of a system
 * that belongs to the same account. Both must be right; neither replaces the other.
 */
import type { Clock } from '@segl/problem/clock';
import {
  judgeCaller,
  readCallerCertificate,
  type CallerId,
  type CallerRules,
} from '@segl/identity/oces/caller-certificate';
import { type SeglError, isSeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import type { Logger } from '../../adapters/telemetry/log.ts';
import type { Caller } from '../../domain/order/caller.ts';
import type { Account } from '../../domain/order/account.ts';
import type { RevocationService } from '@segl/pki/revocation/revocation';
import { listCallers, noteDecision, type CallerRow } from '../../adapters/postgres/accounts/callers.ts';
import type { Db } from '../../adapters/postgres/database.ts';

export interface AccountCheck {
  /** Throws CREDENTIALS_WRONG, UNAVAILABLE, and the CALLER_… codes where a certificate is needed. */
  check(service: string, password: string, caller?: Caller): Promise<Account>;
}

/** `request`: accounts that have callers need a certificate, the others work as without. `require`: all need one. */
export type CallerMode = 'request' | 'require';

interface Parts {
  readonly passwords: AccountCheck;
  readonly mode: CallerMode;
  readonly rules: CallerRules;
  readonly revocation: RevocationService;
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What is known of a certificate by the time that something is decided about it. */
interface Known {
  sha256?: string;
  id?: CallerId;
}

/**
 * Every decision about a certificate is in the table of decisions before its call goes on or is refused. A certificate
 * that nobody asked for is not looked at, and a wrong password ends the matter before it is.
 */
export class CallerGate implements AccountCheck {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async check(service: string, password: string, caller?: Caller): Promise<Account> {
    const { passwords, mode, db, log } = this.#parts;
    const registered = await listCallers(db, service);
    const account = await passwords.check(service, password).catch((error: unknown) => {
      if (registered.length > 0 && isSeglError(error, 'CREDENTIALS_WRONG')) {
        // not awaited: the time to an answer must not tell which accounts there are
        this.#note(service, caller, {}, error).catch((failure: unknown) => {
          log.error({ err: failure }, 'a decision about a caller could not be kept');
        });
      }
      throw error;
    });
    if (mode === 'request' && registered.length === 0) return account;
    const known: Known = {};
    try {
      await this.#judge(service, registered, caller, known);
    } catch (error) {
      if (isSeglError(error)) await this.#note(service, caller, known, error);
      throw error;
    }
    await this.#note(service, caller, known);
    return account;
  }

  async #judge(
    service: string,
    registered: readonly CallerRow[],
    caller: Caller | undefined,
    known: Known,
  ): Promise<void> {
    const { rules, revocation, clock } = this.#parts;
    if (caller?.problem !== undefined) {
      throw serverProblems.error('CALLER_CERTIFICATE_UNREADABLE', { why: caller.problem });
    }
    const [own, ...others] = caller?.certificates ?? [];
    if (!own) throw serverProblems.error('CALLER_CERTIFICATE_MISSING', { service });
    const leaf = readCallerCertificate(own);
    known.sha256 = leaf.fingerprint;
    const id = await judgeCaller(leaf, others, rules, { at: clock.now(), revocation });
    known.id = id;
    const { name } = rules.environment;
    const mapped = registered.some(
      (row) =>
        row.environment === name &&
        row.cvr === id.cvr &&
        row.kind === id.kind &&
        row.identifier === id.identifier,
    );
    if (!mapped) {
      const option = id.kind.toLowerCase();
      throw serverProblems.error('CALLER_UNKNOWN', { ...id, service, option, environment: name });
    }
  }

  async #note(service: string, caller: Caller | undefined, known: Known, error?: SeglError): Promise<void> {
    const { db, clock, log, rules } = this.#parts;
    const { door = '', address = '', via = 'tls' } = caller ?? {};
    const refused = error?.code ?? null;
    const certificateSha256 = known.sha256 ?? null;
    log.info({ service, refused, door, via, certificateSha256 }, 'caller judged');
    if (isSeglError(error?.cause) && error.code === 'CALLER_STATUS_UNKNOWN') {
      const { code, params } = error.cause;
      log.warn(
        { code, url: params['url'], why: params['why'] },
        'the status of a caller could not be learned',
      );
    }
    await noteDecision(db, {
      ...{ at: clock.now(), service, environment: rules.environment.name },
      ...{ refused, door, address, via, certificateSha256 },
      cvr: known.id?.cvr ?? null,
      kind: known.id?.kind ?? null,
      identifier: known.id?.identifier ?? null,
    });
  }
}
