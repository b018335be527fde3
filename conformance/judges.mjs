/** The judges and makers that we did not write: EU DSS (Maven) and pyHanko (PyPI), each installed once, run as one process. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { apt, cached, run, works } from '../interop/install.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const PYHANKO = 'pyhanko==0.38.0';
const EVIDENCE = ['jwcrypto==1.5.6', 'rfc8785==0.1.4', 'cryptography==50.0.2', 'lxml==6.1.3', 'cbor2==6.3.0'];

async function versionOf(...files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 8);
}

const pom = here('dss/pom.xml');

/** Gives the folder of the libraries of EU DSS. */
async function installJars() {
  if (!works('javac', ['-version'])) await apt('openjdk-17-jdk-headless');
  if (!works('mvn', ['-version'])) await apt('maven');
  return cached(`dss-${await versionOf(pom)}`, (folder) =>
    run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`]),
  );
}

/** Gives a folder with the schemas of XMLDSig and XAdES, as ETSI publishes them and EU DSS carries them. */
export async function installSchemas() {
  const jars = await installJars();
  const folder = await cached(`xades-schemas-${await versionOf(pom)}`, async (folder) => {
    for (const name of await readdir(jars)) {
      if (/^specs-(xades|xmldsig)-/.test(name)) await run('jar', ['xf', join(jars, name)], { cwd: folder });
    }
  });
  return join(folder, 'xsd');
}

/** Gives the command that starts EU DSS: libraries by Maven, our questions to it compiled. */
export async function installDss() {
  const jars = await installJars();
  const sources = (await readdir(here('dss'))).filter((name) => name.endsWith('.java'));
  const java = sources.map((name) => here(`dss/${name}`));
  const path = join(jars, '*');
  const classes = await cached(`dss-judge-${await versionOf(pom, ...java)}`, (folder) =>
    run('javac', ['-nowarn', '-cp', path, '-d', folder, ...java]),
  );
  return ['java', '-Xmx1g', '-Dfile.encoding=UTF-8', '-cp', [classes, path].join(delimiter), 'Main'];
}

/** Gives the interpreter of a virtual environment with these packages of PyPI. */
async function installPython(name, ...packages) {
  if (!works('python3', ['-c', 'import ensurepip, venv'])) await apt('python3', 'python3-venv');
  const environment = await cached(name, async (folder) => {
    await mkdir(folder, { recursive: true });
    await run('python3', ['-m', 'venv', '--copies', join(folder, 'venv')]);
    await run(join(folder, 'venv', 'bin', 'python'), ['-m', 'pip', 'install', '-q', ...packages]);
  });
  return join(environment, 'venv', 'bin', 'python');
}

/** Gives the command that starts pyHanko. */
export const installPyHanko = async () => [
  await installPython(PYHANKO, PYHANKO),
  '-B',
  here('pyhanko/main.py'),
];

/** Gives the command that starts the judge of identity evidence in Python. */
export const installEvidenceJudge = async () => [
  await installPython(EVIDENCE.join('+'), ...EVIDENCE),
  '-B',
  here('evidence/main.py'),
];

/**
 * Starts one of them. `ask({file, anchors, detached, at, ocsps})` gives its judgement: `anchors`, `detached` and `ocsps` are
 * files, `at` is a Date. `check(file)` holds a report against the schema of ETSI TS 119 102-2 (EU DSS alone). `make({do, in, out, …})` has it make a file; the fields are in dss/Maker.java and
 * pyhanko/maker.py; it throws what the tool says when it refuses. Jobs are done in the order in which they came.
 */
export function startJudge([command, ...args]) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (complaints = (complaints + text).slice(-4000)));
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  child.on('close', (code) => {
    for (const { reject } of waiting.splice(0))
      reject(new Error(`${command} ended with ${code}:\n${complaints}`));
  });
  const put = (job) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      const fields = Object.entries(job).filter(([, value]) => value !== undefined && value.length !== 0);
      const texts = fields.map(
        ([name, value]) => `${name}=${Array.isArray(value) ? value.join('|') : value}`,
      );
      child.stdin.write(`${texts.join('\t')}\n`);
    });
  return {
    ask: ({ at, ...question }) => put({ do: 'judge', ...question, time: at?.toISOString() }),
    check: (file) => put({ do: 'check', file }),
    async make(job) {
      const { error } = await put(job);
      if (error) throw new Error(`${command}: ${error}`);
    },
    close: () => child.stdin.end(),
  };
}
