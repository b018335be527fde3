/**
 * BullMQ, on Redis when there is one, else on the PostgreSQL that holds everything anyway. What it carries are references
 * to rows, so a lost queue loses nothing.
 */
import type { QueueBackend, QueueBackendOptions } from './backend.ts';
import { postgresBackend } from './postgres-backend.ts';
import { redisBackend } from './redis-backend.ts';

/** `redisUrl` decides. Opens no connection yet. */
export const createQueueBackend = (options: QueueBackendOptions): QueueBackend =>
  options.redisUrl === undefined ? postgresBackend(options) : redisBackend(options.redisUrl);
