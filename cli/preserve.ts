/** `segl preserve`: what of the archive must be time-stamped anew and when, doing it now, and the report of a service. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '@segl/server/problems';
import type { PdfContext } from '@segl/server/application/packaging/make-pdf';
import {
  addPreserved,
  indicationOf,
  preserveDue,
  renewalDue,
} from '@segl/server/application/archive/preserving';
import { openValidator } from '@segl/server/composition/validator';
import {
  countPreserved,
  findPreserved,
  listEndingProofs,
  listServicesWithEvents,
  listPreservationEvents,
  listPreservationProblems,
  type PreservedRow,
} from '@segl/server/adapters/postgres/preservation';
import { besideSandbox, dayOrTime, EXIT, settingsOf, type Env } from './command.ts';
import { withApplication } from './services.ts';
import { tell, toldInJson } from './told.ts';

const DAY = 86_400_000;
const MOST_EVENTS = 1000;

interface Asked {
  readonly service?: string | undefined;
  readonly json?: boolean;
  readonly sandbox?: boolean;
}

/** What of the archive must be time-stamped anew and when, doing it now, and the report of a service. */
export function addPreserve(program: Command, env: Env): void {
  const preserve = program
    .command('preserve')
    .description(
      'renews the proof of archived evidence before it ends, and tells of it (docs/guide/preservation.md)',
    );
  const verb = (name: string, about: string): Command =>
    besideSandbox(preserve.command(name)).description(about).option('--service <name>', 'one service only');
  const print = (text: string): void => void process.stdout.write(text);
  const JSON_OPTION = ['--json', 'for programs'] as const;

  verb('plan', 'what is to be renewed until a date, soonest first')
    .option('--until <date>', 'default: a year from now', dayOrTime)
    .option(...JSON_OPTION)
    .action(({ until, ...asked }: Asked & { readonly until?: Date }) =>
      withApplication(settingsOf(env, asked), async (context) =>
        print(await plan(context, asked, until ?? new Date(context.clock.now().getTime() + 365 * DAY))),
      ),
    );
  verb('report', 'what is preserved, what failed, what was done')
    .option('--since <date>', 'default: a year ago', dayOrTime)
    .option(...JSON_OPTION)
    .action(({ since, ...asked }: Asked & { readonly since?: Date }) =>
      withApplication(settingsOf(env, asked), async (context) =>
        print(await report(context, asked, since ?? new Date(context.clock.now().getTime() - 365 * DAY))),
      ),
    );
  verb('run', 'looks at everything that is due and renews it; exit code 1 when something failed')
    .option(...JSON_OPTION)
    .action((asked: Asked) => withApplication(settingsOf(env, asked), (context) => run(context, asked)));
  besideSandbox(preserve.command('add <file>'))
    .description('takes a file from outside into the archive of a service and preserves it')
    .requiredOption('--service <name>', 'whose archive')
    .option(...JSON_OPTION)
    .action((file: string, asked: Asked & { readonly service: string }) =>
      withApplication(settingsOf(env, asked), async (context) => print(await add(context, asked, file))),
    );
  verb('proof <id>', 'writes the XAdES signature around an archived file that carries no time-stamps itself')
    .requiredOption('--out <file>')
    .action((id: string, asked: Asked & { readonly out: string }) =>
      withApplication(settingsOf(env, asked), (context) => writeProof(context, asked, id)),
    );
}

async function run(context: PdfContext, { service, json }: Asked): Promise<void> {
  const count = await preserveDue(context, { ...(service !== undefined && { service }) });
  const { looked, renewed, failed } = count;
  process.stdout.write(
    json
      ? `${JSON.stringify(count)}\n`
      : `${looked} looked at, ${renewed} renewed, ${failed} failed.${failed > 0 ? ' See: segl preserve report' : ''}\n`,
  );
  if (failed > 0) process.exitCode = EXIT.failed;
}

async function writeProof(
  context: PdfContext,
  { service, out }: Asked & { readonly out: string },
  id: string,
): Promise<void> {
  const row = await findPreserved(context.db, id);
  if (!row || (service !== undefined && row.service !== service)) {
    throw serverProblems.error('ARCHIVE_UNKNOWN', { id });
  }
  if (row.proofSha256 === null) {
    process.stdout.write('It has no proof beside itself: what it carries is its proof.\n');
    return;
  }
  await writeFile(out, await context.blobs.read(row.proofSha256));
}

async function add(
  context: PdfContext,
  { service, json }: Asked & { readonly service: string },
  file: string,
): Promise<string> {
  const bytes = await readFile(file);
  const validator = await openValidator(context.config, { clock: context.clock });
  try {
    const added = await addPreserved(context, service, bytes, (given) =>
      validator.validate({ bytes: given }),
    );
    const { archiveId, contentType, report: judged } = added;
    if (json) {
      const { indication, subIndication, signatures = [] } = judged ?? {};
      const told = { archiveId, contentType, indication, subIndication, signatures: signatures.length };
      return `${JSON.stringify(told)}\n`;
    }
    const said = judged ? tell(indicationOf(judged)) : 'not judged, since that took too long';
    return `Archived and preserved as ${archiveId}.\nIts signatures as of now: ${said}.\n`;
  } finally {
    await validator.close();
  }
}

const day = (date: Date | null | undefined): string => date?.toISOString().slice(0, 10) ?? 'no end';

interface PlanRow {
  readonly archiveId: string;
  readonly service: string;
  readonly contentType: string;
  readonly level: string | null;
  readonly proofUntil: Date | null;
  readonly because: Problem | null;
  readonly renewFrom: Date | null;
  readonly problem: Problem | null;
}

const planRow =
  (leadDays: number) =>
  ({
    archiveId,
    service,
    contentType,
    level,
    proofUntil,
    proofBecause: because,
    problem,
  }: PreservedRow): PlanRow => ({
    ...{ archiveId, service, contentType, level, proofUntil, because },
    renewFrom: renewalDue(proofUntil, leadDays) ?? null,
    problem,
  });

/** What is renewed by `until`: its proof ends within the lead after that. */
export async function plan(
  { db, config }: Pick<PdfContext, 'db' | 'config'>,
  { service, json }: Asked,
  until: Date,
): Promise<string> {
  const { preservationLeadDays: leadDays } = config;
  const ending = await listEndingProofs(db, new Date(until.getTime() + leadDays * DAY), service);
  const rows = ending.map(planRow(leadDays));
  if (json) {
    const told = rows.map(({ because, problem, ...row }) => ({
      ...row,
      ...toldInJson('because', because),
      ...toldInJson('problem', problem),
    }));
    return `${JSON.stringify({ until, leadDays, rows: told }, null, 2)}\n`;
  }
  if (rows.length === 0) return `Nothing is to be renewed until ${day(until)}.\n`;
  const lines = rows.map(({ archiveId, service: of, level, proofUntil, because, renewFrom, problem }) =>
    level === null
      ? `not looked at   ${of}  ${archiveId}${problem === null ? '' : `  (${tell(problem)})`}`
      : `${day(renewFrom)}      ${of}  ${archiveId}  ${level}, proven until ${day(proofUntil)}: ${because ? tell(because) : ''}`,
  );
  return `${lines.join('\n')}\n${rows.length} until ${day(until)}.\n`;
}

/** What is preserved, by service and kind; open problems; and what was done since. */
export async function report(
  { db, clock, algorithms }: Pick<PdfContext, 'db' | 'clock' | 'algorithms'>,
  { service, json }: Asked,
  since: Date,
): Promise<string> {
  const counts = await countPreserved(db, service);
  const problems = (await listPreservationProblems(db, MOST_EVENTS, service)).map(
    ({ archiveId, service: of, problem, failures, proofUntil, dueAt }) => ({
      ...{ archiveId, service: of, problem, failures, proofUntil, nextTry: dueAt },
    }),
  );
  const active = await listServicesWithEvents(db, since, service);
  const names = [...new Set([...counts.map((count) => count.service), ...active])].sort();
  const events = await Promise.all(
    names.map((name) => listPreservationEvents(db, name, since, MOST_EVENTS)),
  ).then((lists) => lists.flat());
  if (json) {
    const told = {
      ...{ at: clock.now(), since, algorithms: algorithms.table.file, counts },
      problems: problems.map(({ problem, ...rest }) => ({ ...rest, ...toldInJson('problem', problem) })),
      events: events.map(({ detail, ...rest }) => ({ ...rest, ...toldInJson('detail', detail) })),
    };
    return `${JSON.stringify(told, null, 2)}\n`;
  }
  const parts = names.map((name) => {
    const own = counts.filter((count) => count.service === name);
    const kinds = own.map(
      ({ contentType, level, count, proofUntil }) =>
        `  ${String(count).padStart(7)}  ${contentType}, ${level ?? 'not looked at yet'}, proven until ${
          level === null ? '?' : day(proofUntil)
        }${count > 1 && proofUntil ? ' at least' : ''}`,
    );
    const open = problems
      .filter((problem) => problem.service === name)
      .map(
        ({ archiveId, problem, failures, nextTry }) =>
          `  ${archiveId}: ${problem ? tell(problem) : ''} (${failures} failed, next try ${nextTry.toISOString()})`,
      );
    const done = events
      .filter((event) => event.service === name)
      .map(
        ({ at, archiveId, type, level, proofUntil, detail }) =>
          `  ${at.toISOString()}  ${type} ${archiveId}` +
          `${type === 'renewed' ? `: ${level ?? ''}, proven until ${day(proofUntil)}; ended: ${detail ? tell(detail) : ''}` : `: ${detail ? tell(detail) : ''}`}`,
      );
    return [
      name,
      ...kinds,
      open.length > 0 ? 'Problems:' : 'No problems.',
      ...open,
      `Done since ${day(since)}:`,
      ...(done.length > 0 ? done : ['  nothing']),
    ].join('\n');
  });
  if (parts.length === 0) parts.push('Nothing is preserved.');
  return `${[...parts, `Calendar of algorithms: ${algorithms.table.file}`].join('\n\n')}\n`;
}
