import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * Structured logs, one JSON object a line. What is personal or secret is removed here as a last line of defence;
 * the first is never to pass it in.
 */
export function createLogger(level: string, destination?: NodeJS.WritableStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: [
          'password',
          'cpr',
          'nationalId',
          'authorization',
          'cookie',
          'req.headers.authorization',
          'req.headers.cookie',
          '*.password',
          '*.cpr',
          '*.nationalId',
        ],
        censor: '[removed]',
      },
    },
    destination ?? process.stdout,
  );
}

/** For tests and tools that must stay quiet. */
export const silentLogger: Logger = pino({ level: 'silent' });
