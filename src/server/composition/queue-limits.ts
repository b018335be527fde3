/** What the settings allow the queues, over all processes together. */
import type { QueueLimits } from '../adapters/queue/consumer.ts';
import type { Config } from '../config/config.ts';
import type { QueueName } from '../domain/lifecycle/jobs.ts';

/** 0 stands for no limit. */
const limit = (most: number): number | undefined => (most === 0 ? undefined : most);

/** Packages of tasks and of orders use the same security module and time-stamp authority; each kind has its own share. */
export function queueLimits(
  config: Pick<Config, 'packagingConcurrency' | 'mailsPerMinute' | 'smsPerMinute'>,
): Partial<Record<QueueName, QueueLimits>> {
  const packaging = { concurrency: limit(config.packagingConcurrency) };
  return {
    'package-task': packaging,
    'package-order': packaging,
    'send-mail': { perMinute: limit(config.mailsPerMinute) },
    'send-sms': { perMinute: limit(config.smsPerMinute) },
  };
}
