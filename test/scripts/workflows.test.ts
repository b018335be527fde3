/** The workflows of a public forge: that they can be read, and that what they run is there. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { projectFile } from '@segl/server/paths';

interface Job {
  'runs-on'?: string;
  'timeout-minutes'?: number;
  steps?: { run?: string; uses?: string }[];
}
interface Workflow {
  name?: string;
  on?: Record<string, unknown>;
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const folder = projectFile('.github', 'workflows');
const workflows = readdirSync(folder).map((name) => ({
  name,
  workflow: parse(readFileSync(projectFile('.github', 'workflows', name), 'utf8'), {
    strict: true,
    uniqueKeys: true,
  }) as Workflow,
}));
const { scripts } = JSON.parse(readFileSync(projectFile('package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** Why a command of a step cannot run here; undefined: it can. */
function problemOf(command: string): string | undefined {
  const words = command.replace(/^sudo /, '').split(/\s+/);
  const [program, first = '', second = ''] = words;
  if (program === 'npm' && first === 'ci') return undefined;
  if (program === 'npm' && (first === 'test' || first === 'run')) {
    const script = first === 'test' ? 'test' : second;
    return script in scripts ? undefined : `package.json has no script "${script}"`;
  }
  if (program === 'node') return fileProblem(first);
  if (program === 'docker') return fileProblem('Dockerfile');
  return `nobody knows "${program}"`;
}

const fileProblem = (name: string): string | undefined =>
  statSync(projectFile(name), { throwIfNoEntry: false }) ? undefined : `there is no ${name}`;

t.test('every command that a workflow runs exists', async (t) => {
  let commands = 0;
  for (const { name, workflow } of workflows) {
    t.ok(workflow.name && workflow.on, `${name}: a name, and when it runs`);
    t.same(workflow.permissions, { contents: 'read' }, `${name} may only read`);
    for (const [id, job] of Object.entries(workflow.jobs)) {
      t.ok(job['runs-on'] && job['timeout-minutes'], `${name} ${id}: where, and for how long`);
      for (const { run, uses } of job.steps ?? []) {
        if (uses !== undefined) t.match(uses, /^[\w-]+\/[\w-]+@v\d+$/);
        if (run === undefined) continue;
        commands += 1;
        for (const line of run.trim().split('\n'))
          t.equal(problemOf(line), undefined, `${name} ${id}: ${line}`);
      }
    }
  }
  t.ok(commands > 10, `${commands} commands`);
});

t.test('the parts of CI are those that one machine runs in one go', async (t) => {
  const ci = workflows.find(({ name }) => name === 'ci.yml')?.workflow;
  t.same(Object.keys(ci?.jobs ?? {}), ['lint', 'types', 'unit', 'integration', 'image']);
});
