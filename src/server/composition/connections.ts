/** How many connections to PostgreSQL a process holds at most. */

export interface Connections {
  /** What the database calls the process. */
  readonly application: string;
  /** Those that statements and transactions take turns on. */
  readonly pool: number;
  /** Those of the queue, where it lives in PostgreSQL. */
  readonly queue: number;
}

/** What a process runs as: the plugins, the work, both together, or a command beside them. */
export type ProcessKind = 'serve' | 'worker' | 'start' | 'command';

const OF: Readonly<Record<ProcessKind, Omit<Connections, 'application'>>> = {
  serve: { pool: 10, queue: 0 },
  worker: { pool: 5, queue: 2 },
  start: { pool: 9, queue: 2 },
  command: { pool: 4, queue: 0 },
};

export const connectionsOf = (kind: ProcessKind): Connections => ({
  application: `segl ${kind}`,
  ...OF[kind],
});

/** All that it holds, with the one that it listens on. */
export const mostConnections = (kind: ProcessKind): number => OF[kind].pool + OF[kind].queue + 1;
