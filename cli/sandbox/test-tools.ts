/** Calls to the test tools of a running sandbox. */
import { cliProblems } from '../problems.ts';
import { generalProblems } from '@segl/problem/problems';

/** JSON of `/testtools/api/PATH`. Throws UNAVAILABLE where no sandbox answers, else what the sandbox says. */
export async function callTestTools<T>(sandboxUrl: string, path: string, body?: object): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`${sandboxUrl}/testtools/api/${path}`, {
      ...(body && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
  } catch (error) {
    throw cliProblems.error(
      'UNAVAILABLE',
      { what: cliProblems.of('sandbox/place', { url: sandboxUrl }) },
      { cause: error },
    );
  }
  const answer = (await response.json()) as T & { text?: string };
  if (response.ok) return answer;
  const why = (answer.text ?? `it answers ${String(response.status)}`).replace(
    /^The request cannot be read: /,
    '',
  );
  throw generalProblems.error('BAD_REQUEST', {
    why: generalProblems.of('foreign/said', { said: why.replace(/\.$/, '') }),
  });
}
