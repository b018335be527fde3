/**
 * Text messages: notifications of type SMS, handed to a gateway over HTTP. Providers differ, so this is an interface of
 * our own that a few lines translate for any of them:
 *
 *     POST SMS_GATEWAY_URL        Content-Type: application/json, Authorization: Bearer SMS_GATEWAY_TOKEN if there is one
 *     {"to": "+4512345678", "from": "Segl", "text": "…", "id": "msg_…"}
 *
 * `to` is E.164, `from` the name or number that the phone shows (absent: the gateway's own), `id` stays the same over
 * all tries, so that a gateway can drop what it has sent. Any 2xx answer is delivered. 400, 410 and 422 are final;
 * after anything else it is tried again, no sooner than Retry-After says.
 */
import { isSeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import { readPhoneNumber } from '../../domain/order/recipients.ts';
import type { Outbound } from './outbound.ts';
import { waitOf, type DeliveryOutcome } from './outcome.ts';

const FINAL = [400, 410, 422];

export interface TextMessage {
  /** Stays the same over all tries. */
  readonly deliveryId: string;
  /** With country code. */
  readonly recipient: string;
  readonly sender?: string;
  readonly text: string;
}

export interface SmsGateway {
  /** One try. Never throws for what the gateway or the network did. */
  send(message: TextMessage, now: Date): Promise<DeliveryOutcome>;
}

/** `from`: what phones show unless the notification names its sender. */
export function createSmsGateway(options: {
  url: string;
  token?: string | undefined;
  from?: string | undefined;
  outbound: Outbound;
}): SmsGateway {
  const { url, token, from, outbound } = options;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    async send({ deliveryId, recipient, sender, text }, now) {
      const to = readPhoneNumber(recipient);
      if (to === undefined) return { kind: 'stop', why: serverProblems.of('delivery/no-number') };
      const body = JSON.stringify({ to, from: sender?.trim() || from, text, id: deliveryId });
      try {
        const { status, retryAfter } = await outbound.post(url, body, 'application/json', headers);
        if (status >= 200 && status <= 299) return { kind: 'delivered', status };
        const why = serverProblems.of('delivery/sms-answered', { status });
        if (FINAL.includes(status)) return { kind: 'stop', why };
        return { kind: 'retry', why, waitMs: waitOf(retryAfter, now) };
      } catch (error) {
        if (isSeglError(error, 'OUTBOUND_FAILED', 'OUTBOUND_REFUSED'))
          return { kind: 'retry', why: error.problem, waitMs: 0 };
        throw error;
      }
    },
  };
}
