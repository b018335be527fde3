/**
 * Callbacks: the hint to a back end that something happened. A GET to the address of the order with `requestId` (and
 * `taskId`) appended; any 2xx answer within the time limit is delivered. In addition the headers of Standard Webhooks
 * 1.0.0, so that a receiver can recognize repetitions and, where a secret is set, the sender.
 */
import { createHmac } from 'node:crypto';
import { isSeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import type { Outbound } from './outbound.ts';
import { waitOf, type DeliveryOutcome } from './outcome.ts';

/** Time that a receiver has to answer; the outbound client for callbacks is made with it. */
export const CALLBACK_TIMEOUT_MS = 15_000;

/**
 * The address to call: `recipient` as it is, with the parameters appended to its query (before a fragment, which is
 * not sent). Its own parameters keep their place and spelling.
 */
export function callbackUrl(recipient: string, requestId: string, taskId?: string): string {
  const url = recipient.trim();
  const end = url.includes('#') ? url.indexOf('#') : url.length;
  const address = url.slice(0, end);
  const joint = !address.includes('?') ? '?' : /[?&]$/.test(address) ? '' : '&';
  const task = taskId === undefined ? '' : `&taskId=${encodeURIComponent(taskId)}`;
  return `${address}${joint}requestId=${encodeURIComponent(requestId)}${task}${url.slice(end)}`;
}

export interface Callback {
  /** Stays the same over all tries. */
  readonly deliveryId: string;
  readonly recipient: string;
  readonly requestId: string;
  readonly taskId?: string;
  /** Standard Webhooks secrets (`whsec_` and base64); several while one replaces another. */
  readonly secrets?: readonly string[];
}

/** One try. Never throws for what the receiver or the network did. */
export async function deliverCallback(
  outbound: Outbound,
  callback: Callback,
  now: Date,
): Promise<DeliveryOutcome> {
  const url = callbackUrl(callback.recipient, callback.requestId, callback.taskId);
  try {
    const { status, retryAfter } = await outbound.get(url, webhookHeaders(callback, now));
    if (status >= 200 && status <= 299) return { kind: 'delivered', status };
    const why = serverProblems.of('delivery/answered', { status });
    if (status === 410) return { kind: 'stop', why };
    return { kind: 'retry', why, waitMs: waitOf(retryAfter, now) };
  } catch (error) {
    // an address that is refused today may be allowed, or lead elsewhere, tomorrow
    if (isSeglError(error, 'OUTBOUND_FAILED', 'OUTBOUND_REFUSED')) {
      return { kind: 'retry', why: error.problem, waitMs: 0 };
    }
    throw error;
  }
}

/** Standard Webhooks 1.0.0; the signed body of a GET is empty. */
export function webhookHeaders(
  callback: Pick<Callback, 'deliveryId' | 'secrets'>,
  now: Date,
): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signatures = (callback.secrets ?? []).map((secret) =>
    webhookSignature(secret, callback.deliveryId, timestamp, ''),
  );
  return {
    'user-agent': 'Segl',
    'webhook-id': callback.deliveryId,
    'webhook-timestamp': timestamp,
    ...(signatures.length > 0 ? { 'webhook-signature': signatures.join(' ') } : {}),
  };
}

/** Symmetric signature `v1` over id, timestamp (Unix seconds) and body. `secret`: base64, `whsec_` before it or not. */
export function webhookSignature(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
