/** Waiting for what happens to an order in another process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ORDERS_CHANNEL } from '../../adapters/postgres/orders/order-changes.ts';
import type { FlowContext } from '../context.ts';

/** How long a request waits for evidence that is being made, so that its caller need not come again. */
export const PATIENCE_MS = 8_000;

/**
 * Waits until `look` says that it has come, for at most `ms` milliseconds. It looks once, and again whenever the order
 * has changed. Gives whether it has come.
 */
export async function awaitChange(
  { listener }: Pick<FlowContext, 'listener'>,
  requestId: string,
  look: () => Promise<boolean>,
  ms: number = PATIENCE_MS,
): Promise<boolean> {
  if (await look()) return true;
  let wake = (): void => undefined;
  const stop = await listener.listen(ORDERS_CHANNEL, (changed) => {
    if (changed === undefined || changed === requestId) wake();
  });
  const ended = new AbortController();
  let isOver = false;
  const over = sleep(ms, undefined, { signal: ended.signal }).then(
    () => void (isOver = true),
    () => undefined,
  );
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => (wake = resolve));
      if (await look()) return true;
      if (isOver) return false;
      await Promise.race([changed, over]);
    }
  } finally {
    stop();
    ended.abort();
  }
}
