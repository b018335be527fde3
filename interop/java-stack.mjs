/** The Java stacks: libraries by Maven, classes by the stack's own generator, the client compiled with them. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apt, cache, cached, run, works } from './install.mjs';
import { soapServices } from './operations.mjs';

const sources = fileURLToPath(new URL('clients/java', import.meta.url));

/** A package name for the classes of a service. */
const javaPackage = (api) => `interop.${api.replace('-', '')}`;

/** The libraries of a Maven profile. */
async function javaLibraries(profile) {
  const pom = join(sources, 'pom.xml');
  const version = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 8);
  return cached(`${profile}-${version}`, (folder) => {
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
    return run('mvn', ['-q', '-B', '-f', pom, `-P${profile}`, ...goal]);
  });
}

/** The lines that complain, of a tool that tells what it does. */
const complaintsIn = (said) => said.split('\n').filter((line) => /\b(warn|error|fail|exception)/i.test(line));

const classPath = (folder) => join(folder, '*');

const generators = {
  'jaxws-ri': (api, wsdl, out) => [
    'com.sun.tools.ws.WsImport',
    '-Xnocompile',
    '-s',
    out,
    '-p',
    javaPackage(api),
    wsdl,
  ],
  cxf: (api, wsdl, out) => [
    'org.apache.cxf.tools.wsdlto.WSDLToJava',
    '-d',
    out,
    '-p',
    javaPackage(api),
    wsdl,
  ],
};

const buildFolder = (profile, ...names) => join(cache, `${profile}-build`, ...names);

/** Java trusts a store, not a file: makes one with the service's certificate authority. */
async function javaTrust(profile, { env }) {
  if (env.SEGL_CA === undefined) return [];
  const store = buildFolder(profile, 'trust.p12');
  await rm(store, { force: true });
  const args = ['-importcert', '-noprompt', '-alias', 'segl', '-file', env.SEGL_CA];
  await run('keytool', [...args, '-storetype', 'PKCS12', '-storepass', 'changeit', '-keystore', store]);
  return [`-Djavax.net.ssl.trustStore=${store}`, '-Djavax.net.ssl.trustStorePassword=changeit'];
}

/** Generates the classes of a service. */
async function generate(profile, wsdl, api, service) {
  const out = buildFolder(profile, api);
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const libraries = classPath(await javaLibraries(profile));
  const trust = await javaTrust(profile, service);
  const said = await run('java', [...trust, '-cp', libraries, ...generators[profile](api, wsdl, out)]);
  return complaintsIn(said);
}

/** Compiles the client with the classes that were generated. */
async function compile(profile, service) {
  const libraries = classPath(await javaLibraries(profile));
  const classes = buildFolder(profile, 'classes');
  await rm(classes, { recursive: true, force: true });
  await mkdir(classes);
  const files = [];
  for (const folder of [sources, ...Object.keys(soapServices).map((api) => buildFolder(profile, api))]) {
    const names = await readdir(folder, { recursive: true });
    files.push(...names.filter((name) => name.endsWith('.java')).map((name) => join(folder, name)));
  }
  await writeFile(buildFolder(profile, 'files'), files.join('\n'));
  const list = `@${buildFolder(profile, 'files')}`;
  await run('javac', ['-nowarn', '-proc:none', '-encoding', 'UTF-8', '-cp', libraries, '-d', classes, list]);
  const trust = await javaTrust(profile, service);
  const paths = [classes, libraries].join(delimiter);
  return { command: ['java', '-Dfile.encoding=UTF-8', ...trust, '-cp', paths, 'interop.Client', profile] };
}

/** A stack that makes classes from the served WSDLs; `id` is its profile in pom.xml. */
export const javaStack = (id, name, quirks) => ({
  id,
  name,
  quirks,
  install: async () => {
    if (!works('javac', ['-version'])) await apt('openjdk-17-jdk-headless');
    if (!works('mvn', ['-version'])) await apt('maven');
    const jars = await readdir(await javaLibraries(id));
    const main = jars.find((jar) => /^(jaxws-rt|cxf-rt-frontend-jaxws)-/.test(jar)) ?? '';
    return /-(\d[\d.]*\d)\.jar$/.exec(main)?.[1] ?? '';
  },
  accept: (wsdl, api, service) => generate(id, wsdl, api, service),
  prepare: (service) => compile(id, service),
});
