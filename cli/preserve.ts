/** `segl preserve`: what of the archive must be time-stamped anew and when, doing it now, and the report of a service. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { algorithmsFile } from '@segl/pki/algorithms/algorithm-constraints';
import type { SeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '@segl/server/problems';
import type { PdfContext } from '@segl/server/application/packaging/make-pdf';
import {
  addPreserved,
  indicationOf,
  preserveDue,
  renewalDue,
} from '@segl/server/application/archive/preserving';
import { openValidator } from '@segl/server/composition/services';
import {
  countPreserved,
  findPreserved,
  listEndingProofs,
  listServicesWithEvents,
  listPreservationEvents,
  listPreservationProblems,
  type PreservedRow,
} from '@segl/server/adapters/postgres/preservation';
import { withHouse } from './house.ts';

const USAGE = `segl preserve VERB [OPTIONS]

  plan             what is to be renewed until a date, soonest first
    --until DATE           default: a year from now
  run              looks at everything that is due and renews it; exit code 1 when something failed
  report           what is preserved, what failed, what was done
    --since DATE           default: a year ago
  add FILE         takes a file from outside into the archive of a service and preserves it
  proof ID         writes the XAdES signature around an archived file that carries no time-stamps itself
    --out FILE
  --service NAME   one service; needed for add
  --json           for programs
`;

const DAY = 86_400_000;
const MOST_EVENTS = 1000;

const options = {
  until: { type: 'string' },
  since: { type: 'string' },
  service: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

interface Asked {
  readonly service: string | undefined;
  readonly json: boolean;
}

const misused = (why: string): SeglError => generalProblems.error('BAD_REQUEST', { why });

function dateOf(text: string | undefined, fallback: Date): Date {
  const date = text === undefined ? fallback : new Date(text);
  if (Number.isNaN(date.getTime())) throw misused(`"${text}" is no date; write 2028-01-31`);
  return date;
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw misused(`${(error as Error).message}; see: segl preserve --help`);
  }
}

export async function preserveCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { positionals, values } = readArguments(args);
  const [verb, argument, ...more] = positionals;
  const takes = verb === 'add' || verb === 'proof';
  const known = takes || verb === 'plan' || verb === 'run' || verb === 'report';
  if (values.help || !known || more.length > 0 || takes !== (argument !== undefined)) {
    process.stdout.write(USAGE);
    if (verb && !values.help) process.exitCode = 2;
    return;
  }
  const { service, json } = values;
  await withHouse(env, async (context) => {
    const now = context.clock.now();
    const print = (text: string): unknown => process.stdout.write(text);
    switch (verb) {
      case 'plan':
        return print(
          await plan(context, { service, json }, dateOf(values.until, new Date(now.getTime() + 365 * DAY))),
        );
      case 'report':
        return print(
          await report(context, { service, json }, dateOf(values.since, new Date(now.getTime() - 365 * DAY))),
        );
      case 'run': {
        const count = await preserveDue(context, { ...(service !== undefined && { service }) });
        const { looked, renewed, failed } = count;
        print(
          json
            ? `${JSON.stringify(count)}\n`
            : `${looked} looked at, ${renewed} renewed, ${failed} failed.${failed > 0 ? ' See: segl preserve report' : ''}\n`,
        );
        if (failed > 0) process.exitCode = 1;
        return;
      }
      case 'add': {
        if (service === undefined) throw misused('--service is missing');
        return print(await add(context, { service, json }, argument!));
      }
      case 'proof': {
        if (values.out === undefined) throw misused('--out is missing');
        const row = await findPreserved(context.db, argument!);
        if (!row || (service !== undefined && row.service !== service)) {
          throw serverProblems.error('ARCHIVE_UNKNOWN', { id: argument! });
        }
        if (row.proofSha256 === null) {
          return print('It has no proof beside itself: what it carries is its proof.\n');
        }
        return writeFile(values.out, await context.blobs.read(row.proofSha256));
      }
    }
  });
}

async function add(
  context: PdfContext,
  { service, json }: Asked & { readonly service: string },
  file: string,
): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw misused(`${file} cannot be read: ${(error as Error).message}`);
  });
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
    const said = judged ? indicationOf(judged) : 'not judged, since that took too long';
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
  readonly because: string | null;
  readonly renewFrom: Date | null;
  readonly problem: string | null;
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
  if (json) return `${JSON.stringify({ until, leadDays, rows }, null, 2)}\n`;
  if (rows.length === 0) return `Nothing is to be renewed until ${day(until)}.\n`;
  const lines = rows.map(({ archiveId, service: of, level, proofUntil, because, renewFrom, problem }) =>
    level === null
      ? `not looked at   ${of}  ${archiveId}${problem === null ? '' : `  (${problem})`}`
      : `${day(renewFrom)}      ${of}  ${archiveId}  ${level}, proven until ${day(proofUntil)}: ${because ?? ''}`,
  );
  return `${lines.join('\n')}\n${rows.length} until ${day(until)}.\n`;
}

/** What is preserved, by service and kind; open problems; and what was done since. */
export async function report(
  { db, clock }: Pick<PdfContext, 'db' | 'clock'>,
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
    const told = { at: clock.now(), since, algorithms: algorithmsFile(), counts, problems, events };
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
          `  ${archiveId}: ${problem ?? ''} (${failures} failed, next try ${nextTry.toISOString()})`,
      );
    const done = events
      .filter((event) => event.service === name)
      .map(
        ({ at, archiveId, type, level, proofUntil, detail }) =>
          `  ${at.toISOString()}  ${type} ${archiveId}` +
          `${type === 'renewed' ? `: ${level ?? ''}, proven until ${day(proofUntil)}; ended: ${detail ?? ''}` : `: ${detail ?? ''}`}`,
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
  return `${[...parts, `Calendar of algorithms: ${algorithmsFile()}`].join('\n\n')}\n`;
}
