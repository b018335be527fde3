/**
 * The one registry of error codes. Every failure that a caller, signer or operator can meet has its entry here:
 * what happened (`text`, with {placeholders}), what to do about it (`todo`), the HTTP status, and whose fault it is.
 */

/** SOAP 1.1 fault side: the caller must change something (`Client`) or we must (`Server`). */
export type FaultSide = 'Client' | 'Server';

interface ErrorEntry {
  readonly http: number;
  readonly fault: FaultSide;
  readonly text: string;
  readonly todo: string;
}

const client = (http: number, text: string, todo: string): ErrorEntry => ({
  http,
  fault: 'Client',
  text,
  todo,
});
const server = (http: number, text: string, todo: string): ErrorEntry => ({
  http,
  fault: 'Server',
  text,
  todo,
});

export const registry = {
  // general
  INTERNAL: server(
    500,
    'Something failed inside the service.',
    'Try again; if it stays, give the operator the reference {reference}.',
  ),
  UNAVAILABLE: server(503, '{what} does not answer.', 'Try again in a minute.'),
  NOT_FOUND: client(404, 'There is nothing at this address.', 'Check the URL.'),
  PAYLOAD_TOO_LARGE: client(
    413,
    'The body is larger than {limit} bytes.',
    'Send a smaller body, or have the operator raise {setting}.',
  ),
  BAD_REQUEST: client(400, 'The request cannot be read: {why}.', 'Correct it and send it again.'),

  // configuration
  CONFIG_INVALID: server(
    500,
    'The configuration is not usable:\n{problems}',
    'Correct these settings; `segl --help` lists them all.',
  ),

  // accounts and access
  CREDENTIALS_WRONG: client(
    401,
    'Service name or password is wrong.',
    'Check both; they are those of the service account.',
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof registry;

/** Fills {placeholders}; an unknown one stays as it is, so that a mistake shows. */
function fill(template: string, params: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** The one error class. `message` is a full English sentence followed by what to do. */
export class SeglError extends Error {
  override readonly name = 'SeglError';
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string | number>>;

  constructor(
    code: ErrorCode,
    params: Readonly<Record<string, string | number>> = {},
    options?: { cause?: unknown },
  ) {
    const entry = registry[code];
    super(fill(`${entry.text} ${entry.todo}`, params), options);
    this.code = code;
    this.params = params;
  }

  get http(): number {
    return registry[this.code].http;
  }

  get fault(): FaultSide {
    return registry[this.code].fault;
  }

  /** What happened, without the advice. */
  get text(): string {
    return fill(registry[this.code].text, this.params);
  }

  /** What to do about it. */
  get todo(): string {
    return fill(registry[this.code].todo, this.params);
  }
}

/** True when `error` is a SeglError, of one of `codes` if any are given. */
export function isSeglError(error: unknown, ...codes: ErrorCode[]): error is SeglError {
  return error instanceof SeglError && (codes.length === 0 || codes.includes(error.code));
}
