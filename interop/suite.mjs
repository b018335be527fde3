/** The suite: stacks against one running service, judged. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { acceptWsdls } from './acceptance.mjs';
import { clientMethods } from './operations.mjs';
import { startService } from './service.mjs';
import { makeTable } from './table.mjs';

const CALLBACK_WITHIN_MS = 15_000;
const LOG_LEVEL_ERROR = 50;

const mark = (outcome) => (outcome === 'passed' ? 'ok    ' : 'NOT OK');

/** Runs a client program, which is `told` of the service in its environment; gives its reports, and what it printed beside them if it ended badly. */
async function runClient({ command: [program, ...args], env = {} }, told, say) {
  const child = spawn(program, args, {
    env: { ...process.env, ...told, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const reports = [];
  const other = [];
  createInterface({ input: child.stderr }).on('line', (line) => other.push(line));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [outcome, api, operation, text = ''] = line.split('\t');
    if (operation === undefined) other.push(line);
    else reports.push({ outcome, api, operation, text });
    if (operation !== undefined && !outcome.startsWith('expects-')) {
      say(`  ${mark(outcome)} ${api} ${operation}: ${text}`);
    }
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const problem = code === 0 ? undefined : `its program ended with ${code}:\n${other.slice(-40).join('\n')}`;
  return { reports, problem };
}

/** Turns "I expect a callback for this request" into an outcome. */
async function judgeCallbacks(reports, told, say) {
  for (const report of reports.filter(({ outcome }) => outcome === 'expects-callback')) {
    for (let waited = 0; !told.has(report.text) && waited < CALLBACK_WITHIN_MS; waited += 100)
      await sleep(100);
    report.outcome = told.has(report.text) ? 'passed' : 'failed';
    say(`  ${mark(report.outcome)} callback ${report.operation}: ${report.text}`);
  }
}

/**
 * Turns "I expect this result to be valid" into an outcome, by `segl verify`: for each name of a method one result, of each
 * stack in turn, because the command takes its time.
 */
async function judgeResults(results, methods, service, say) {
  say('\nsegl verify');
  const expected = results.map(({ reports }) => reports.filter(({ outcome }) => outcome === 'expects-valid'));
  for (const [index, name] of methods.entries()) {
    const turn = index % results.length;
    const report = expected[turn][index];
    // its order did not get that far, which is reported
    if (report === undefined) continue;
    const problem = await service.verify(report.text).then(
      () => undefined,
      (error) => error.message,
    );
    report.outcome = problem === undefined ? 'passed' : 'failed';
    report.text = problem ?? report.text;
    say(`  ${mark(report.outcome)} ${name}, ordered by ${results[turn].stack.name}: ${report.text}`);
  }
}

/** A client program may be wrong; it may not make the service stumble. */
async function errorsInLog(service) {
  const entries = (await service.log()).split('\n').filter((line) => line.startsWith('{'));
  return entries.filter((line) => JSON.parse(line).level >= LOG_LEVEL_ERROR);
}

/** A phone for each stack: the service does not send many codes to one. */
const mobileOf = (index) => `+45123456${String(index).padStart(2, '0')}`;

async function runStack(stack, index, service, say) {
  say(`\n${stack.name} ${stack.version}`);
  const started = performance.now();
  const { reports, problem } = await stack
    .prepare(service)
    .then((prepared) => runClient(prepared, { ...service.env, SEGL_MOBILE: mobileOf(index) }, say))
    .catch((error) => ({ reports: [], problem: error.message }));
  if (problem) say(`  NOT OK ${problem}`);
  await judgeCallbacks(reports, service.told, say);
  say(`  ${Math.round((performance.now() - started) / 1000)} s`);
  return { stack, reports, problem };
}

/**
 * Installs the stacks, starts a service (over https if `tls`) and runs them one after the other. Gives the table, what the tools said of the
 * WSDLs, and everything that went wrong in words; `say` is told each line on the way. `methods`: names that clients use.
 */
export async function runSuite(stacks, say, { tls = false, methods = clientMethods } = {}) {
  const installed = [];
  for (const stack of stacks) {
    const version = await stack.install();
    say(`${stack.name} ${version}`);
    installed.push({ ...stack, version });
  }
  const service = await startService({ tls, methods });
  try {
    const accepted = await acceptWsdls(installed, service, say);
    const results = [];
    for (const [index, stack] of installed.entries())
      results.push(await runStack(stack, index, service, say));
    await judgeResults(results, methods, service, say);
    const table = makeTable(results);
    const problems = [
      ...accepted.flatMap(({ tool, complaints }) => complaints.map((line) => `${tool}: ${line}`)),
      ...results.filter(({ problem }) => problem).map(({ stack, problem }) => `${stack.name}: ${problem}`),
      ...table.problems,
      ...(await errorsInLog(service)).map((line) => `the service logged ${line}`),
    ];
    return { stacks: installed, table, accepted, problems };
  } finally {
    await service.close();
  }
}
