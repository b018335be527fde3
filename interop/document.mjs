import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { clientMethods, soapServices } from './operations.mjs';
import { markdownTable, tableMarkdown } from './table.mjs';

/** The text of docs/reference/interop.md, from the outcome of a run. */
export async function interopDocument({ table, stacks, accepted }) {
  const wsdls = Object.keys(soapServices).map((api) => `\`${api}\``);
  const names = clientMethods.map((name) => `\`${name}\``);
  const text = `# Which SOAP stacks speak to Segl

Written by \`npm run interop\`. Every stack is used as it comes from its registry. Its program makes a client from the
WSDL that a running service hands out over https, then takes orders through their whole life: upload, order, ask,
change, sign as a test person, fetch the results, package, seal, archive, delete. _passed_: every call of that kind, in
every shape that the program sends, got the answer that clients of this contract rely on. _–_: the stack has no habit
of its own there.

_sign (names of clients)_: one order with a task for each of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}, as
clients write them in \`method\`. Each is signed with whatever the page of its task leads to, at the providers of the
sandbox, and packaged as PAdES. \`segl verify\` judges one PDF of each name, from the stacks in turn.

## Stacks

${markdownTable(
  ['stack', 'version', 'what is particular about its requests'],
  stacks.map(({ name, version, quirks }) => [name, version, quirks]),
)}

## Operations

${tableMarkdown(table)}

## WSDLs

Read by each tool from the running service: ${wsdls.join(', ')}.

${markdownTable(
  ['tool', 'outcome'],
  accepted.map(({ tool, complaints }) => [
    tool,
    complaints.length === 0 ? 'no warning' : complaints.join('; '),
  ]),
)}
`;
  const filepath = fileURLToPath(new URL('../docs/reference/interop.md', import.meta.url));
  return prettier.format(text, { ...(await prettier.resolveConfig(filepath)), filepath });
}
