/** The SOAP stacks: how each is installed, and how its client program is run. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apt, cache, cached, run, works } from './install.mjs';
import { javaStack } from './java-stack.mjs';

const client = (...names) => join(fileURLToPath(new URL('clients', import.meta.url)), ...names);
const projectModules = fileURLToPath(new URL('../node_modules', import.meta.url));

const ZEEP = '4.3.3';
const ZEEP_PYTHON = join(cache, `zeep-${ZEEP}`, 'bin', 'python');
const READ_WITH_ZEEP = 'import sys, zeep; assert zeep.Client(sys.argv[1]).service';
const READ_WITH_PERL = 'SOAP::Schema->new(schema_url => shift)->parse->services or die';
const OLD_NODE_SOAP = '0.18.0';

/** Everything that PHP has to complain of is printed; its WSDL cache is off. */
const phpSettings = ({ SEGL_CA = '' }) =>
  [
    'soap.wsdl_cache_enabled=0',
    'error_reporting=-1',
    'display_errors=1',
    `openssl.cafile=${SEGL_CA}`,
  ].flatMap((setting) => ['-d', setting]);

/** What a tool said that has nothing to say. */
const lines = (said) => said.split('\n').filter(Boolean);

const nodeSoap = (id, name, quirks, folder) => ({
  id,
  name,
  quirks,
  install: async () => {
    return JSON.parse(await readFile(join(await folder(), 'package.json'), 'utf8')).version;
  },
  accept: async (wsdl, _api, { env }) => {
    const program = `require(process.argv[1]).createClient(process.argv[2], (error) => { if (error) throw error })`;
    return lines(await run(process.execPath, ['-e', program, await folder(), wsdl], { env }));
  },
  prepare: async () => ({
    command: [process.execPath, client('node-soap.mjs')],
    env: { SEGL_SOAP: await folder() },
  }),
});

/**
 * `install` gives the version; `accept(wsdl, api, service)` what the stack's tools have to complain of in a WSDL;
 * `prepare(service)` what to run.
 */
export const stacks = [
  {
    id: 'curl',
    name: 'curl',
    quirks:
      'envelopes by hand, in the layouts of real clients, SOAP 1.1 and 1.2, without Content-Type and SOAPAction; chunked, `Expect: 100-continue`, 401 first',
    install: async () => {
      if (!works('curl', ['--version'])) await apt('curl');
      return /curl ([\d.]+)/.exec(await run('curl', ['--version']))[1];
    },
    prepare: async () => ({ command: [process.execPath, client('curl.mjs')] }),
  },
  nodeSoap(
    'node-soap',
    'node-soap',
    'client from the served WSDL, children put into its order; HTTP Basic on SOAP; uploads a piped stream',
    async () => join(projectModules, 'soap'),
  ),
  nodeSoap(
    'node-soap-0.18',
    'old node-soap',
    'the same source on a version of 2017; children in the order they were written',
    async () => {
      const folder = await cached('node-soap-0.18', async (target) => {
        await writeFile(join(target, 'package.json'), '{"private":true}');
        await run(
          'npm',
          ['install', '--no-audit', '--no-fund', '--ignore-scripts', `soap@${OLD_NODE_SOAP}`],
          { cwd: target },
        );
      });
      return join(folder, 'node_modules', 'soap');
    },
  ),
  {
    id: 'zeep',
    name: 'Python zeep',
    quirks: 'typed factories from the WSDL, strict about order and required elements in replies',
    install: async () => {
      if (!works('python3', ['-c', 'import ensurepip, venv'])) await apt('python3-venv');
      await cached(`zeep-${ZEEP}`, async (target) => {
        await run('python3', ['-m', 'venv', '--copies', target]);
        await run(join(target, 'bin', 'python'), ['-m', 'pip', 'install', '-q', `zeep==${ZEEP}`]);
      });
      return (await run(ZEEP_PYTHON, ['-c', 'import zeep; print(zeep.__version__)'])).trim();
    },
    accept: async (wsdl, _api, { env }) =>
      lines(await run(ZEEP_PYTHON, ['-W', 'always', '-c', READ_WITH_ZEEP, wsdl], { env })),
    prepare: async () => ({ command: [ZEEP_PYTHON, client('zeep_client.py')] }),
  },
  {
    id: 'php',
    name: 'PHP SoapClient',
    quirks: 'class map, SoapVar, plain objects that lose their type, raw XML; single-element lists as arrays',
    install: async () => {
      if (!works('php', ['-r', 'new SoapVar(1, 1);'])) await apt('php-cli', 'php-soap');
      return (await run('php', ['-r', 'echo PHP_VERSION;'])).trim();
    },
    accept: async (wsdl, _api, { env }) =>
      lines(await run('php', [...phpSettings(env), '-r', 'new SoapClient($argv[1]);', wsdl], { env })),
    prepare: async ({ env }) => ({ command: ['php', ...phpSettings(env), client('client.php')] }),
  },
  {
    id: 'perl',
    name: 'Perl SOAP::Lite',
    quirks:
      '`xsi:type="xsd:string"` on leaves, encodingStyle on the Envelope, children with and without namespace',
    install: async () => {
      if (!works('perl', ['-MSOAP::Lite', '-MLWP::Protocol::https', '-e', '1'])) {
        await apt('libsoap-lite-perl', 'liblwp-protocol-https-perl');
      }
      return (await run('perl', ['-MSOAP::Lite', '-e', 'print $SOAP::Lite::VERSION'])).trim();
    },
    accept: async (wsdl, _api, { env }) =>
      lines(await run('perl', ['-w', '-MSOAP::Lite', '-e', READ_WITH_PERL, wsdl], { env })),
    prepare: async () => ({ command: ['perl', client('client.pl')] }),
  },
  javaStack(
    'jaxws-ri',
    'JAX-WS RI',
    'classes by wsimport from the served WSDL; `subject-ref` and `subject` together, authentication without method; uploads that send credentials only after 401',
  ),
  javaStack('cxf', 'Apache CXF', 'the same source on classes by wsdl2java from the served WSDL'),
];
