import { SeglError } from '@segl/problem/errors';
import type { WireObject } from '../wire-value.ts';

/**
 * Runs what the caller waits for: `id` when there is a document, else `error` with code and message, both in a reply
 * with HTTP 200. That is what the application refuses about the documents. Wrong credentials and a request that is wrong as
 * it is written are faults, as in every other service; so is a failure that nobody expected.
 */
export async function idOrError(make: () => Promise<string>): Promise<WireObject> {
  try {
    return { id: await make() };
  } catch (error) {
    if (!(error instanceof SeglError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}
