import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * What is told of an error. The database adds values and pieces of documents to its errors (detail, where), and others
 * may do the like: only what is known to be harmless is kept.
 */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { type, message, stack } = pino.stdSerializers.err(error);
  return { type, message, ...('code' in error && { code: error.code }), stack };
}

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
      serializers: { err: describeError },
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
