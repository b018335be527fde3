/** docs/reference/errors.md, from the codes of every package. */
import { cliProblems } from '../../cli/problems.ts';
import { sandboxProblems } from '../../sandbox/problems.ts';
import { adesProblems } from '../../src/ades/problems.ts';
import { identityProblems } from '../../src/identity/problems.ts';
import { pkiProblems } from '../../src/pki/problems.ts';
import type { FaultSide } from '../../src/problem/problem.ts';
import { generalProblems } from '../../src/problem/problems.ts';
import { statusOf } from '../../src/server/http/status.ts';
import { serverProblems } from '../../src/server/problems.ts';
import { code, page, table } from './markdown.ts';

/** As a sentence about nobody in particular: `{limit}` → _limit_. */
const readable = (text: string): string => text.replace(/\{(\w+)\}/g, '_$1_').trim();

const errors = [
  generalProblems,
  pkiProblems,
  adesProblems,
  identityProblems,
  serverProblems,
  sandboxProblems,
  cliProblems,
].flatMap((set) => Object.entries<{ readonly fault: FaultSide }>(set.errors));

/** The command line's are the uppermost: they know all below. */
const { catalogue } = cliProblems;

export const errorsPage = (): string =>
  page(
    'Errors',
    'Every error has a code that stays, a text that says what happened, and another that says what to do. SOAP faults have' +
      ' the code in `detail/error/code`, JSON answers in `error`, pages in `data-code`. Programs should go by the code; texts may' +
      ' change. Words in _italics_ are filled in.',
    '_Caller_: something in the request has to change. _Service_: the operator has to act, or the call can be tried again.',
    table(
      ['Code', 'HTTP', 'Whose', 'What happened', 'What to do'],
      errors
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, { fault }]) => [
          code(name),
          String(statusOf({ code: name, fault })),
          fault === 'Client' ? 'Caller' : 'Service',
          readable(catalogue.template(name, 'en') ?? ''),
          readable(catalogue.template(`${name}.todo`, 'en') ?? ''),
        ]),
    ),
  );
