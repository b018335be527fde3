/**
 * `segl demo`: one order from createRequest to a sealed PAdES, over the network, as the three kinds of users would:
 * a back end, two signers, and the back end's callback receiver. Ends with an account of what happened and whether
 * every file holds.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import type { Command } from 'commander';
import { builtIn } from '@segl/identity/methods/index';
import { IDENTITY_EVIDENCE } from '@segl/identity/evidence/identity/content';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { systemClock } from '@segl/problem/clock';
import { loadConfig } from '@segl/server/config/config';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { simulators } from '@segl/sandbox/methods/index';
import type { Person, Simulator } from '@segl/sandbox/simulator';
import type { Env } from '../command.ts';
import { methodParts } from '../methods/index.ts';
import { SANDBOX_ACCOUNT } from '../sandbox/account.ts';
import { BackEnd } from './back-end.ts';
import { certificatesIn, checkEvidence, type Check } from './checks.ts';
import { makeAgreement } from './document.ts';
import { startReceiver } from './receiver.ts';
import { startServiceProcess } from './service.ts';
import { writeTrust } from './trust.ts';

const CALLBACK_PATIENCE_MS = 60_000;

/** The eID that the demo signs with, by the id of its module. */
const [{ id: EID, persons: PERSONS }] = simulators as readonly [Simulator];
const { demo: PART } = methodParts.find(({ id }) => id === EID)!;
const { name: METHOD } = builtIn
  .find(({ id }) => id === EID)!
  .names.find(({ uses }) => uses.includes('sign'))!;

/** Somebody whose eID makes no signature of its own: an OpenID provider vouches for who confirmed what. */
const VOUCHED = { eid: 'oidc', method: 'mitid' } as const;

interface Signing {
  readonly person: Person;
  /** Id of the simulator, and the name of the method. */
  readonly eid: string;
  readonly method: string;
}

const SIGNINGS: readonly Signing[] = [
  ...PERSONS.slice(0, 2).map((person) => ({ person, eid: EID, method: METHOD })),
  { person: simulators.find(({ id }) => id === VOUCHED.eid)!.persons.at(-1)!, ...VOUCHED },
];

/** Steps with their times, printed as they happen. */
class Account {
  readonly #start = performance.now();
  readonly timings: { readonly step: string; readonly at: string; readonly ms: number }[] = [];

  done(step: string): void {
    const ms = Math.round(performance.now() - this.#start);
    this.timings.push({ step, at: systemClock.now().toISOString(), ms });
    console.log(`${(ms / 1000).toFixed(1).padStart(6)} s  ${step}`);
  }
}

interface Options {
  /** Folder, absolute; what is in it goes. */
  readonly out: string;
  readonly document?: string;
  readonly keepRunning?: boolean;
}

export function addDemo(program: Command, env: Env): void {
  program
    .command('demo')
    .description('one order from createRequest to a sealed PAdES, verified')
    .option('--out <folder>', 'for what was made; emptied first', (text) => resolve(text), resolve('out'))
    .option('--document <file>', 'the PDF or text that is signed')
    .option('--keep-running', 'the service stays up afterwards')
    .action((options: Options) => demo(options, env));
}

async function readDocument(
  path: string | undefined,
): Promise<{ name: string; title: string; type: string; bytes: Uint8Array }> {
  if (path === undefined) {
    const bytes = await makeAgreement(systemClock.now());
    return { name: 'document.pdf', title: 'Loan of a cargo bicycle', type: 'application/pdf', bytes };
  }
  const bytes = await readFile(path);
  const pdf = bytes.subarray(0, 5).toString('latin1') === '%PDF-';
  return {
    name: pdf ? 'document.pdf' : 'document.txt',
    title: basename(path, extname(path)),
    type: pdf ? 'application/pdf' : 'text/plain; charset=utf-8',
    bytes,
  };
}

async function demo(options: Options, env: Env): Promise<void> {
  const document = await readDocument(options.document);
  const { out } = options;
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const account = new Account();
  const dataDir = await mkdtemp(join(tmpdir(), 'segl-demo-'));
  // plain http, whatever the operator's own service uses: nothing has to be trusted first
  const settings = {
    ...env,
    DATA_DIR: dataDir,
    SANDBOX_TLS: 'off',
    TLS_CERT: '',
    TLS_KEY: '',
  };
  const config = loadConfig(settings);
  console.log('Segl demo: one order from createRequest to a sealed PAdES\n');
  const service = await startServiceProcess(out, config.publicUrl, settings);
  account.done('service, workers and sandbox are up');
  try {
    const ok = await runOrder(options, document, config, account, dataDir);
    if (options.keepRunning) {
      console.log(`\nStill running: ${config.publicUrl}/ and ${config.sandboxUrl}/ (Ctrl-C ends it)`);
      await new Promise((done) => process.once('SIGINT', done).once('SIGTERM', done));
    }
    if (!ok) process.exitCode = 1;
  } finally {
    await service.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** True when every check held. */
async function runOrder(
  { out }: Options,
  document: Awaited<ReturnType<typeof readDocument>>,
  { publicUrl, sandboxUrl }: { publicUrl: string; sandboxUrl: string },
  account: Account,
  dataDir: string,
): Promise<boolean> {
  const receiver = await startReceiver(() => systemClock.now());
  const backEnd = new BackEnd({ baseUrl: publicUrl, ...SANDBOX_ACCOUNT });
  try {
    const sdsId = await backEnd.upload(document.bytes, document.type);
    account.done(`back end: uploaded the document (${document.bytes.length} bytes)`);
    const requestId = await backEnd.createRequest({
      sdsId,
      title: document.title,
      signers: SIGNINGS.map(({ person, method }) => ({ ...nameParts(person), method })),
      method: METHOD,
      callbackUrl: receiver.url,
      language: 'en',
    });
    account.done(`back end: ordered three signatures, request ${requestId.slice(0, 16)}…`);

    for (const [index, { person, eid }] of SIGNINGS.entries()) {
      await signAsPerson({
        taskUrl: backEnd.taskUrl(requestId, `task_${index + 1}`),
        user: person.userId,
        eid,
        sandboxUrl,
        log: (step) => account.done(`${person.name}: ${step}`),
      });
    }

    const callback = await Promise.race([
      receiver.received,
      sleep(CALLBACK_PATIENCE_MS, undefined, { ref: false }).then(() => undefined),
    ]);
    if (!callback) throw new Error('no callback arrived within a minute');
    account.done(`callback: arrived, after ${receiver.missed()} attempt(s) that found nobody`);

    const { statuses, resultUris } = await backEnd.getStatus(requestId);
    account.done(
      `back end: getStatus says ${[...statuses].map(([id, state]) => `${id} ${state}`).join(', ')}`,
    );
    const packaging = await backEnd.getPackagingResult(requestId);
    if (!packaging.resultUri) throw new Error(`the packaging task is ${packaging.status}`);

    const files = {
      document: document.name,
      ltvSdo: resultUris.map((_, index) => `ltv-sdo-${index + 1}.xml`),
      native: [] as string[],
      identityEvidence: [] as string[],
      pades: ['signed.pdf'],
    };
    await writeFile(join(out, files.document), document.bytes);
    for (const [index, uri] of resultUris.entries()) {
      const bytes = await backEnd.download(uri);
      await writeFile(join(out, files.ltvSdo[index]!), bytes);
      const { native } = verifyLtvSdo(bytes).content;
      const isVouched = native.format === IDENTITY_EVIDENCE.format;
      const name = isVouched ? `identity-evidence-${index + 1}.json` : `native-${index + 1}.xml`;
      await writeFile(join(out, name), native.bytes);
      (isVouched ? files.identityEvidence : files.native).push(name);
    }
    await writeFile(join(out, files.pades[0]!), await backEnd.download(packaging.resultUri));
    account.done(`back end: fetched ${resultUris.length} LTV-SDOs and the PAdES`);

    const trustFiles = await sandboxTrust(dataDir);
    const trust = await writeTrust(out, trustFiles, await certificatesIn(out, files.ltvSdo, PART));
    const { checks, missing } = await checkEvidence({ folder: out, ...files, trust }, PART);
    const state: Check[] = [
      fact(
        'getStatus',
        'all tasks are completed',
        SIGNINGS.length === statuses.size && [...statuses.values()].every((state) => state === 'completed'),
      ),
      fact(
        'LTV-SDOs',
        'one of them rests on what an OpenID provider says',
        files.identityEvidence.length === 1,
      ),
      fact('callback', 'it names the order', callback.requestId === requestId),
      fact('callback', 'the first attempt found nobody, a later one got through', receiver.missed() === 1),
      fact(
        'callback',
        "the receiver's own parameters are kept, in order",
        callback.url.startsWith('/signing-done?customer=42&token=a%2Fb&'),
      ),
    ];
    checks.unshift(...state);
    account.done(`verified everything: ${checks.length} checks`);
    const summary = {
      requestId,
      ...files,
      trust,
      callback: { receivedAt: callback.receivedAt.toISOString(), attemptsMissed: receiver.missed() },
      checks: checks.map(({ tool, file, ok, what }) => ({ tool, file, ok, what })),
      toolsMissing: missing,
      history: await backEnd.getHistory(requestId, 'task_2'),
      timings: account.timings,
    };
    await writeFile(join(out, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
    report(out, checks, missing, summary.history);
    tellHowToVerify(out, [...files.pades, files.ltvSdo[0]!], trust.anchors);
    return checks.every(({ ok }) => ok);
  } finally {
    receiver.close();
  }
}

const fact = (file: string, what: string, ok: boolean): Check => ({ tool: 'demo', file, ok, what });

function nameParts({ name, nationalId }: Person) {
  const words = name.split(' ');
  return { nationalId, firstName: words.slice(0, -1).join(' '), lastName: words.at(-1) ?? '' };
}

/** The sandbox's authorities are nobody's but its own, so whoever verifies must name them. */
function tellHowToVerify(out: string, files: readonly string[], anchors: readonly string[]): void {
  const path = (name: string): string => quoted(relative('', join(out, name)));
  const trust = anchors.map((name) => ` --trust ${path(name)}`).join('');
  console.log('\nVerify them yourself, without the service:');
  for (const name of files) console.log(`  npx segl verify ${path(name)} --offline${trust}`);
}

const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

/** The anchor files that the sandbox gives its service: what an operator would configure as trusted. */
async function sandboxTrust(dataDir: string): Promise<string[]> {
  const values = parseEnv(await readFile(join(dataDir, 'sandbox', 'service.env'), 'utf8'));
  const names = [...PART.trust, 'SEAL_TRUST_FILE', 'TSA_TRUST_FILE'];
  return names.flatMap((name) => values[name] ?? []);
}

function report(
  out: string,
  checks: readonly Check[],
  missing: readonly string[],
  history: readonly { event: string; time: string }[],
): void {
  console.log('\nHistory of the second task');
  for (const { event, time } of history) console.log(`  ${time}  ${event}`);
  console.log('\nChecks');
  for (const { tool, file, ok, what, said } of checks) {
    console.log(`  ${ok ? 'ok  ' : 'FAIL'}  ${tool.padEnd(8)} ${file.padEnd(16)} ${what}`);
    if (said) console.log(`        ${said.replace(/\n/g, '\n        ')}`);
  }
  for (const tool of missing)
    console.log(`  --    ${tool.padEnd(8)} is not installed here, so it was not asked`);
  const failed = checks.filter(({ ok }) => !ok).length;
  console.log(
    `\n${failed === 0 ? 'Every check held.' : `${failed} of ${checks.length} checks failed.`} Files: ${out}`,
  );
}
