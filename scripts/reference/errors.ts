/** docs/reference/errors.md, from the registry of errors. */
import { registry } from '../../src/problem/errors.ts';
import { code, page, table } from './markdown.ts';

/** As a sentence about nobody in particular: `{limit}` → _limit_. */
const readable = (text: string): string => text.replace(/\{(\w+)\}/g, '_$1_').trim();

export const errorsPage = (): string =>
  page(
    'Errors',
    'Every error has a code that stays, a text that says what happened, and another that says what to do. SOAP faults have' +
      ' the code in `detail/error/code`, JSON answers in `error`, pages in `data-code`. Programs should go by the code; texts may' +
      ' change. Words in _italics_ are filled in.',
    '_Caller_: something in the request has to change. _Service_: the operator has to act, or the call can be tried again.',
    table(
      ['Code', 'HTTP', 'Whose', 'What happened', 'What to do'],
      Object.entries(registry)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, { http, fault, text, todo }]) => [
          code(name),
          String(http),
          fault === 'Client' ? 'Caller' : 'Service',
          readable(text),
          readable(todo),
        ]),
    ),
  );
