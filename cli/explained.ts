/** What the system and libraries say in their own words, as problems of ours. */
import { isSeglError, type SeglError } from '@segl/problem/errors';
import { cliProblems } from './problems.ts';

interface SystemError {
  readonly code?: string;
  readonly path?: string;
  readonly address?: string;
  readonly hostname?: string;
  readonly port?: number;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
  readonly message?: string;
}

/** Codes of errors about connections: of Node.js, and of undici, which `fetch` stands on. */
const UNREACHED =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|EPIPE|UND_ERR_\w+)$/;

/** SQLSTATE, of PostgreSQL. */
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** The error itself where it is ours already. */
export function explained(thrown: unknown): SeglError {
  if (isSeglError(thrown)) return thrown;
  const { code = '', path, address, hostname, port, cause, errors, message } = thrown as SystemError;
  const options = { cause: thrown };
  if (code === 'EADDRINUSE') {
    return cliProblems.error('ADDRESS_TAKEN', { address: `${address}:${port}` }, options);
  }
  if (path !== undefined) return cliProblems.error('FILE_UNUSABLE', { file: path, code }, options);
  if (UNREACHED.test(code)) {
    // one name may have several addresses, each with an error of its own
    if (address === undefined && hostname === undefined && errors?.[0]) return explained(errors[0]);
    const place = [address ?? hostname ?? '?', ...(port === undefined ? [] : [port])].join(':');
    return cliProblems.error('UNREACHED', { place, code }, options);
  }
  if (SQLSTATE.test(code))
    return cliProblems.error('DATABASE_REFUSED', { code, text: message ?? '' }, options);
  if (cause !== undefined) return explained(cause);
  return cliProblems.error('COMMAND_FAILED', { text: message ?? String(thrown) }, options);
}
