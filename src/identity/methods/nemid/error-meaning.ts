/** What an error code of the client means to an operator. */
import type { Problem } from '@segl/problem/problem';
import { isKnownErrorCode } from './client/error-codes.ts';
import { nemidProblems } from './problems.ts';

export const meaningOf = (code: string): Problem =>
  isKnownErrorCode(code)
    ? nemidProblems.of(`client-error/${code}`)
    : nemidProblems.of('client-error/undocumented');
