/** The short form of `npm run interop`: the stacks that are here without being installed. */
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { projectFile } from '@segl/server/paths';
import { tool } from './support/tools.ts';

interface Stack {
  readonly id: string;
}

interface Outcome {
  readonly table: {
    readonly head: string[];
    readonly lines: { api: string; operation: string; cells: string[] }[];
  };
  readonly problems: string[];
}

type RunSuite = (
  stacks: readonly Stack[],
  say: (line: string) => void,
  options: { readonly methods: readonly string[] },
) => Promise<Outcome>;

const load = async (name: string): Promise<unknown> =>
  import(pathToFileURL(projectFile('interop', name)).href) as Promise<unknown>;

t.test('curl and node-soap take orders through their whole life, with every operation', async (t) => {
  if (!tool(t, 'curl') || !tool(t, 'xmllint')) return;
  const { stacks } = (await load('stacks.mjs')) as { stacks: readonly Stack[] };
  const { runSuite } = (await load('suite.mjs')) as { runSuite: RunSuite };
  const chosen = stacks.filter(({ id }) => ['curl', 'node-soap'].includes(id));
  const said: string[] = [];
  const { table, problems } = await runSuite(chosen, (line) => said.push(line), {
    methods: ['nbid-sign', 'sms-otp'],
  });
  t.same(problems, [], problems.length > 0 ? said.join('\n') : 'nothing went wrong');
  t.equal(table.head.length, 2);
  for (const { api, operation, cells } of table.lines) {
    t.ok(cells.includes('passed') && !cells.includes('failed'), `${api} ${operation}`);
  }
});
