/**
 * The process that holds a PKCS#11 library: a fault in it, or a call that never ends, costs this process and not the
 * service. Started by `module.ts`; ends when the service ends.
 */
import { generalProblems } from '@segl/problem/problems';
import type { Problem } from '@segl/problem/problem';
import { Pkcs11Error } from './library.ts';
import type { Answer, Request } from './messages.ts';
import { isPinProblem, Token, TokenProblem } from './token.ts';

let token: Token | undefined;

async function answer(request: Request): Promise<Answer> {
  const { n } = request;
  try {
    if (request.kind === 'open') {
      token = new Token(request.key, request.pin);
      return { n };
    }
    return { n, signature: await token!.sign(request) };
  } catch (error) {
    return { n, why: problemOf(error), final: isPinProblem(error) };
  }
}

/** What the system says is told as it is. */
const problemOf = (error: unknown): Problem =>
  error instanceof TokenProblem || error instanceof Pkcs11Error
    ? error.why
    : generalProblems.of('foreign/said', { said: (error as Error).message });

process.on('message', (request: Request) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => {
  token?.close();
  process.exit();
});
// the service, told to end, still finishes what it began
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
