/**
 * The mail trap: an SMTP server that takes every message and sends none on. Addresses in two domains play trouble:
 * `@refused.example` is refused for good (550), `@later.example` for now (451).
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerAddress } from 'smtp-server';
import type { Clock } from '@segl/problem/clock';
import { randomBase36 } from '@segl/problem/ids';
import type { Logger } from 'pino';
import { readMail, type MailText } from './message.ts';

const KEEP = 500;
const MAX_BYTES = 1_048_576;

export interface TrappedMail extends MailText {
  readonly id: string;
  readonly at: Date;
  /** What was said to the server, whatever the headers say. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  /** Header and body as they came. */
  readonly raw: string;
}

export class MailTrap {
  readonly #server: SMTPServer;
  readonly #mails: TrappedMail[] = [];

  private constructor(server: SMTPServer) {
    this.#server = server;
  }

  /** `port` 0: any free one. */
  static async open(options: { host: string; port: number; clock: Clock; log: Logger }): Promise<MailTrap> {
    const { host, port, clock, log } = options;
    const server: SMTPServer = new SMTPServer({
      banner: 'Segl sandbox, sends nothing on',
      size: MAX_BYTES,
      maxClients: 50,
      // there is nobody to log in and no certificate; SMTPUTF8 lets addresses be what they are
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      socketTimeout: 30_000,
      closeTimeout: 1_000,
      logger: false,
      onRcptTo: (address, _session, callback) => callback(refusal(address)),
      onData: (stream, session, callback) => {
        buffer(stream)
          .then((raw) => {
            if (stream.sizeExceeded) return callback(answer(552, 'The message is too large.'));
            const { mailFrom, rcptTo } = session.envelope;
            const from = mailFrom ? mailFrom.address : '';
            const id = trap.#keep(raw, { from, to: rcptTo.map(({ address }) => address) }, clock.now());
            callback(null, `Trapped as ${id}`);
          })
          .catch((error: unknown) => {
            log.warn({ err: error }, 'A mail could not be read.');
            callback(answer(451, 'It could not be read.'));
          });
      },
    });
    const trap = new MailTrap(server);
    // a client that breaks off is its own business
    server.on('error', (error) => log.debug({ err: error }, 'The mail trap reports an error.'));
    server.listen(port, host);
    // fails with what kept it from listening
    await once(server.server, 'listening');
    return trap;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  /** Newest first. */
  get mails(): readonly TrappedMail[] {
    return this.#mails;
  }

  find(id: string): TrappedMail | undefined {
    return this.#mails.find((mail) => mail.id === id);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }

  #keep(raw: Buffer, envelope: TrappedMail['envelope'], at: Date): string {
    const id = randomBase36(12);
    this.#mails.unshift({ id, at, envelope, raw: raw.toString('utf8'), ...readMail(raw) });
    this.#mails.length = Math.min(this.#mails.length, KEEP);
    return id;
  }
}

const answer = (responseCode: number, text: string): Error =>
  Object.assign(new Error(text), { responseCode });

function refusal({ address }: SMTPServerAddress): Error | null {
  if (/@refused\.example$/i.test(address)) return answer(550, 'Nobody here has this address.');
  if (/@later\.example$/i.test(address)) return answer(451, 'The mailbox is busy.');
  return null;
}
