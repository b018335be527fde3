/** The port of what BullMQ runs on. */
import type { Listener } from '../postgres/listener.ts';
import type { Consumer, ConsumerOptions } from './consumer.ts';
import type { Producer } from './producer.ts';

export interface QueueBackend {
  readonly kind: 'redis' | 'postgres';
  /** Creates what the queue needs in the database; call once before anything else. */
  prepare(): Promise<void>;
  openProducer(queue: string): Producer;
  openConsumer(queue: string, options: ConsumerOptions): Consumer;
  /** After all its producers and consumers are closed. */
  close(): Promise<void>;
}

export interface QueueBackendOptions {
  readonly databaseUrl: string;
  readonly redisUrl?: string | undefined;
  /** What PostgreSQL calls the connections of the queue, where it lives there. */
  readonly application: string;
  /** How many of them at most: locks are renewed on them, so they are apart from those that the work uses. */
  readonly connections: number;
  readonly listener: Listener;
}
