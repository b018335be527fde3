/** docs/reference/errors.md, from the codes of every package. */
import { cliProblems } from '@segl/cli/problems';
import { problemsOfSimulators } from '@segl/sandbox/methods/problems';
import { sandboxProblems } from '@segl/sandbox/problems';
import { adesProblems } from '@segl/ades/problems';
import { ocesProblems } from '@segl/identity/oces/problems';
import { identityProblems } from '@segl/identity/problems';
import { pkiProblems } from '@segl/pki/problems';
import { builtIn } from '@segl/identity/methods/index';
import type { ErrorDefinition } from '@segl/problem/problem';
import { generalProblems } from '@segl/problem/problems';
import { statusOf } from '@segl/server/http/status';
import { serverProblems } from '@segl/server/problems';
import { code, page, table } from './markdown.ts';

/** As a sentence about nobody in particular: `{limit}` → _limit_. */
const readable = (text: string): string => text.replace(/\{(\w+)\}/g, '_$1_').trim();

const errors = [
  generalProblems,
  pkiProblems,
  adesProblems,
  identityProblems,
  ocesProblems,
  serverProblems,
  sandboxProblems,
  cliProblems,
  ...builtIn.flatMap(({ problems }) => problems ?? []),
  ...problemsOfSimulators,
].flatMap((set) => Object.entries<ErrorDefinition>(set.errors));

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
        .map(([name, { fault, status }]) => [
          code(name),
          String(statusOf({ code: name, fault, status })),
          fault === 'Client' ? 'Caller' : 'Service',
          readable(catalogue.template(name, 'en') ?? ''),
          readable(catalogue.template(`${name}.todo`, 'en') ?? ''),
        ]),
    ),
  );
