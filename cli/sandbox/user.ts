/** `segl sandbox user …`: the test tools on the command line. */
import { parseArgs } from 'node:util';
import { loadConfig } from '@segl/server/config/config';
import { generalProblems } from '@segl/problem/problems';
import type { Transaction } from '@segl/sandbox/methods/nemid/client/transactions';
import type { UserStatus } from '@segl/sandbox/methods/nemid/users/desk';
import { callTestTools } from './test-tools.ts';

const USAGE = `segl sandbox user VERB
  create [--alias A --password P --first-name F --last-name L --cpr N --kind poces|youth|moces
          --certificate valid|revoked|locked|expired --cvr N --company C --temporary --not-activated --no-oces]
  find [TEXT]          users whose alias, CPR number or name has TEXT in it
  show NAME            everything about one, with the latest transactions
  card NAME [--new | --left N]
  lock NAME [--why password|key|quarantine]
  unlock NAME          takes back locks and quarantine, activates
  certificate NAME STATE, and revoke NAME
  password NAME NEW [--temporary]
  ending NAME CODE [--after password|key|sign] [--always]   CODE none takes it back
NAME is an alias or a CPR number. --json prints what the sandbox answers.`;

const options = {
  alias: { type: 'string' },
  password: { type: 'string' },
  'first-name': { type: 'string' },
  'last-name': { type: 'string' },
  cpr: { type: 'string' },
  kind: { type: 'string' },
  certificate: { type: 'string' },
  cvr: { type: 'string' },
  company: { type: 'string' },
  temporary: { type: 'boolean', default: false },
  'not-activated': { type: 'boolean', default: false },
  'no-oces': { type: 'boolean', default: false },
  new: { type: 'boolean', default: false },
  left: { type: 'string' },
  why: { type: 'string' },
  after: { type: 'string' },
  always: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

interface Card {
  readonly serial: string;
  readonly keysLeft: number;
  readonly rows: readonly (readonly { number: string; key: string; state: string }[])[];
}

const line = (user: UserStatus): string =>
  `${user.userId.padEnd(14)} ${user.password.padEnd(14)} ${user.cpr}  ${user.state.padEnd(20)} ${user.name}\n`;

function writeUser(user: UserStatus, log: readonly Transaction[]): string {
  const facts: [string, string][] = [
    ['User ID', user.userId],
    ['Password', user.passwordState === 'own' ? user.password : `${user.password} (${user.passwordState})`],
    ['Name', user.name],
    ['CPR', user.cpr],
    user.employment
      ? ['RID', `CVR:${user.employment.cvr}-RID:${user.employment.rid}, ${user.employment.company}`]
      : ['PID', user.pid],
    ['State', user.state],
    ['Certificate', user.certificate],
    ['Key card', `${user.card}, ${String(user.keysLeft)} keys left`],
    ...(user.ending
      ? [['Ends with', `${user.ending.code} after ${user.ending.after}`] as [string, string]]
      : []),
  ];
  const rows = log.map(
    ({ at, event, code }) => `  ${at.slice(0, 19).replace('T', ' ')}  ${event}${code ? ` (${code})` : ''}\n`,
  );
  return [...facts.map(([name, value]) => `${name.padEnd(12)} ${value}\n`), ...rows].join('');
}

const writeCard = ({ serial, keysLeft, rows }: Card): string =>
  `${serial}, ${String(keysLeft)} keys left\n` +
  rows
    .map((row) =>
      row.map(({ number, key, state }) => `${number} ${state === 'fresh' ? key : '  --  '}`).join('    '),
    )
    .join('\n') +
  '\n';

export async function userCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options });
  const [verb = '', name = '', value = ''] = positionals;
  const { sandboxUrl } = loadConfig(env);
  const call = <T>(path: string, body?: object): Promise<T> => callTestTools<T>(sandboxUrl, path, body);
  const user = `persons/${encodeURIComponent(name)}`;
  const usage = (): never => {
    throw generalProblems.error('BAD_REQUEST', { why: `use: ${USAGE}` });
  };
  if (verb !== 'create' && verb !== 'find' && name === '') usage();
  const print = <T>(answer: T, write: (answer: T) => string): void => {
    process.stdout.write(values.json ? `${JSON.stringify(answer, null, 2)}\n` : write(answer));
  };
  const change = async (what: string, body: object): Promise<void> =>
    print(await call<UserStatus>(`${user}/${what}`, body), line);

  switch (verb) {
    case 'create':
      return print(await call<UserStatus>('persons', created(values)), line);
    case 'find':
      return print(await call<UserStatus[]>(`persons?q=${encodeURIComponent(name)}`), (users) =>
        users.map(line).join(''),
      );
    case 'show': {
      const log = await call<Transaction[]>(`${user}/log`);
      return print(await call<UserStatus>(user), (status) => writeUser(status, log.slice(0, 10)));
    }
    case 'card': {
      if (values.new) await call(`${user}/card`, {});
      if (values.left !== undefined) await call(`${user}/card`, { left: values.left });
      return print(await call<Card>(`${user}/card`), writeCard);
    }
    case 'lock':
      return change('lock', { why: values.why ?? 'password' });
    case 'unlock':
      return change('unlock', {});
    case 'revoke':
      return change('certificate', { state: 'revoked' });
    case 'certificate':
      return change('certificate', { state: value });
    case 'password':
      return change('password', { password: value, temporary: values.temporary });
    case 'ending': {
      const code = value.toLowerCase() === 'none' ? '' : value;
      return change('ending', { code, after: values.after ?? 'password', once: !values.always });
    }
    default:
      usage();
  }
}

function created(values: Readonly<Record<string, string | boolean | undefined>>): object {
  const { temporary } = values;
  const text = ['alias', 'password', 'cpr', 'kind', 'certificate', 'cvr', 'company'] as const;
  return {
    ...Object.fromEntries(text.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]]))),
    ...(values['first-name'] !== undefined && { firstName: values['first-name'] }),
    ...(values['last-name'] !== undefined && { lastName: values['last-name'] }),
    temporary: temporary === true,
    activate: values['not-activated'] !== true,
    oces: values['no-oces'] !== true,
  };
}
