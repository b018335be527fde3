import { pino, type Logger } from 'pino';
import { isProblem, type Problem } from '@segl/problem/problem';

export type { Logger } from 'pino';

/**
 * What is told of an error. The database adds values and pieces of documents to its errors (detail, where), and others
 * may do the like: only what is known to be harmless is kept.
 */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  if (isProblem(error)) return describeProblem(error);
  const { type, message, stack } = pino.stdSerializers.err(error);
  return { type, message, ...('code' in error && { code: error.code }), stack };
}

/** Code and parameters, and what it came from; the sentence is made of them by who reads. */
function describeProblem({
  code,
  params,
  cause,
  stack = '',
  message,
}: Error & Problem): Record<string, unknown> {
  return {
    code,
    params,
    ...(cause !== undefined && { cause: describeError(cause) }),
    // the frames: the sentence stands before them
    stack: stack.slice(stack.indexOf(message) + message.length).trimStart(),
  };
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
