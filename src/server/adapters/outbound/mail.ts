/**
 * Mail: notifications of type EMAIL, handed to the operator's mail server by SMTP (RFC 5321). Plain text in UTF-8, with HTML beside it where there is some,
 * marked as automatic (RFC 3834), with a Message-ID that stays the same over all tries, so that a copy is known as one.
 */
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '../../problems.ts';
import { createTransport } from 'nodemailer';
import { readMailbox } from '../../domain/order/recipients.ts';
import type { DeliveryOutcome } from './outcome.ts';

/**
 * For the connection, the server's greeting, and each answer after it. The last is generous, as RFC 5321 §4.5.3.2 asks:
 * who gives up on a server that is still looking at a message sends it twice.
 */
const TIMEOUTS_MS = { connection: 10_000, greeting: 30_000, answer: 120_000 };

/** RFC 5322 §2.1.1 allows 998 octets in a line; nobody reads more of a subject than this. */
export const MAX_SUBJECT = 250;

export interface Mail {
  /** Stays the same over all tries. */
  readonly deliveryId: string;
  readonly recipient: string;
  /** A mail address, a name, or both (`Acme <sales@example.com>`). Absent: the service itself. */
  readonly sender?: string;
  /** Before the service's own address where no sender is given; it is never read as an address. */
  readonly senderName?: string;
  readonly subject: string;
  readonly text: string;
  /** The same for readers of HTML. */
  readonly html?: string;
  /** What the HTML shows under `cid:`; it comes with the mail, so that opening it tells nobody. */
  readonly pictures?: readonly { readonly id: string; readonly mediaType: string; readonly bytes: Buffer }[];
  readonly at: Date;
}

export interface Mailer {
  /** One try. Never throws for what the mail server or the network did. */
  send(mail: Mail): Promise<DeliveryOutcome>;
  close(): void;
}

/**
 * `url`: smtp://user:password@host:port, or smtps:// for TLS from the start. On smtp:// TLS is used when the server
 * offers it; `?requireTLS=true` insists on it. `from`: the service's own address. `timeoutMs`: for
 * tests. Throws CONFIG_INVALID.
 */
export function createMailer(options: { url: string; from: string; timeoutMs?: number }): Mailer {
  const { url, from, timeoutMs } = options;
  const service = readMailbox(from);
  if (!service) {
    const must = serverProblems.of('setting/mail-address');
    const problems = [generalProblems.of('setting/wrong', { setting: 'MAIL_FROM', must, value: from })];
    throw serverProblems.error('CONFIG_INVALID', { problems });
  }
  const domain = service.address.slice(service.address.lastIndexOf('@') + 1);
  const transport = createTransport({
    url,
    connectionTimeout: timeoutMs ?? TIMEOUTS_MS.connection,
    greetingTimeout: timeoutMs ?? TIMEOUTS_MS.greeting,
    socketTimeout: timeoutMs ?? TIMEOUTS_MS.answer,
    // a message is text; whatever it says, no file and no address is opened for it
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  /** In somebody else's name the service says that it is the one who sends (RFC 5322 §3.6.2); bounces go to it. */
  const senderOf = (sender: string | undefined, senderName: string | undefined) => {
    const given = sender?.trim();
    if (!given)
      return { from: senderName ? { name: oneLine(senderName), address: service.address } : service };
    const mailbox = readMailbox(given);
    return mailbox
      ? { from: mailbox, sender: service }
      : { from: { name: oneLine(given), address: service.address } };
  };

  return {
    async send({ deliveryId, recipient, sender, senderName, subject, text, html, pictures = [], at }) {
      const address = recipient.trim();
      try {
        const { response } = await transport.sendMail({
          ...senderOf(sender, senderName),
          // as an object the address is taken as it is, never read as a list
          to: { name: '', address },
          envelope: { from: service.address, to: address },
          subject: oneLine(subject),
          text,
          ...(html !== undefined && { html }),
          attachments: pictures.map(({ id, mediaType, bytes }) => ({
            ...{ cid: id, contentType: mediaType, content: bytes, contentDisposition: 'inline' as const },
            filename: `${id}.${mediaType.slice('image/'.length)}`,
          })),
          messageId: `<${deliveryId}@${domain}>`,
          date: at,
          headers: { 'auto-submitted': 'auto-generated' },
        });
        return { kind: 'delivered', status: Number(/^\d{3}/.exec(response)?.[0] ?? 250) };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    close: () => transport.close(),
  };
}

const oneLine = (text: string): string =>
  text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_SUBJECT);

/** A 5yz answer to sender, recipient or content is final (RFC 5321 §4.2.1); anything else may pass. */
function outcomeOf(thrown: unknown): DeliveryOutcome {
  const { code, responseCode } = thrown as { code?: string; responseCode?: number };
  // the server's text names the recipient, so only its number is told
  const why = responseCode
    ? serverProblems.of('delivery/mail-answered', { status: responseCode })
    : serverProblems.of('delivery/mail-unreached', { code: code ?? 'unknown' });
  const final =
    (code === 'EENVELOPE' || code === 'EMESSAGE') &&
    (responseCode === undefined || (responseCode >= 500 && responseCode <= 599));
  return final ? { kind: 'stop', why } : { kind: 'retry', why, waitMs: 0 };
}
