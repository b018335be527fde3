/** Calls to the test tools of a running sandbox. */
import { cliProblems } from '../problems.ts';
import { isProblem, reasonOf } from '@segl/problem/problem';

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
  const answer: unknown = await response.json();
  if (response.ok) return answer as T;
  const why = isProblem(answer)
    ? reasonOf(cliProblems.catalogue.revived(answer))
    : cliProblems.of('sandbox/answers', { status: response.status });
  throw cliProblems.error('BAD_REQUEST', { why });
}
