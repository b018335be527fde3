/** `segl sandbox user …`: the test tools on the command line. */
import { loadConfig } from '@segl/server/config/config';
import type { Transaction } from '@segl/sandbox/methods/nemid/client/transactions';
import type { UserStatus } from '@segl/sandbox/methods/nemid/users/service';
import { callTestTools } from '../../sandbox/test-tools.ts';
import { Option, type Command } from 'commander';
import type { Env } from '../../command.ts';

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

interface Created {
  readonly alias?: string;
  readonly password?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly cpr?: string;
  readonly kind?: string;
  readonly certificate?: string;
  readonly cvr?: string;
  readonly company?: string;
  readonly temporary?: boolean;
  readonly notActivated?: boolean;
  readonly oces: boolean;
}

/** What the sandbox answers, as it is or for people. */
interface Printed {
  readonly json?: boolean;
}

function print<T>(answer: T, { json }: Printed, write: (answer: T) => string): void {
  process.stdout.write(json ? `${JSON.stringify(answer, null, 2)}\n` : write(answer));
}

/** The test tools on the command line. A name is an alias or a CPR number. */
export function addUser(sandbox: Command, env: Env): void {
  const user = sandbox.command('user').description('test users');
  const call = <T>(path: string, body?: object): Promise<T> =>
    callTestTools<T>(loadConfig(env).sandboxUrl, path, body);
  const of = (name: string): string => `persons/${encodeURIComponent(name)}`;
  const verb = (name: string, about: string): Command =>
    user.command(name).description(about).option('--json', 'what the sandbox answers');
  const change = async (name: string, what: string, body: object, printed: Printed): Promise<void> =>
    print(await call<UserStatus>(`${of(name)}/${what}`, body), printed, line);

  verb('create', 'makes one; what is not given is made up')
    .option('--alias <alias>')
    .option('--password <password>')
    .option('--first-name <name>')
    .option('--last-name <name>')
    .option('--cpr <number>')
    .addOption(new Option('--kind <kind>').choices(['poces', 'youth', 'moces']))
    .addOption(new Option('--certificate <state>').choices(CERTIFICATE_STATES))
    .option('--cvr <number>', 'of the company, for moces')
    .option('--company <name>')
    .option('--temporary', 'the password must be changed first')
    .option('--not-activated')
    .option('--no-oces', 'has no certificate')
    .action(async (options: Created & Printed) =>
      print(await call<UserStatus>('persons', created(options)), options, line),
    );
  verb('find [text]', 'users whose alias, CPR number or name has the text in it').action(
    async (text: string | undefined, printed: Printed) =>
      print(await call<UserStatus[]>(`persons?q=${encodeURIComponent(text ?? '')}`), printed, (users) =>
        users.map(line).join(''),
      ),
  );
  verb('show <name>', 'everything about one, with the latest transactions').action(
    async (name: string, printed: Printed) => {
      const log = await call<Transaction[]>(`${of(name)}/log`);
      print(await call<UserStatus>(of(name)), printed, (status) => writeUser(status, log.slice(0, 10)));
    },
  );
  verb('card <name>', 'the key card')
    .option('--new', 'sends a new one')
    .option('--left <n>', 'leaves so many keys on it')
    .action(async (name: string, options: Printed & { readonly new?: boolean; readonly left?: string }) => {
      if (options.new) await call(`${of(name)}/card`, {});
      if (options.left !== undefined) await call(`${of(name)}/card`, { left: options.left });
      print(await call<Card>(`${of(name)}/card`), options, writeCard);
    });
  verb('lock <name>', 'locks')
    .addOption(new Option('--why <reason>').choices(['password', 'key', 'quarantine']).default('password'))
    .action((name: string, { why, ...printed }: Printed & { readonly why: string }) =>
      change(name, 'lock', { why }, printed),
    );
  verb('unlock <name>', 'takes back locks and quarantine, activates').action(
    (name: string, printed: Printed) => change(name, 'unlock', {}, printed),
  );
  verb('revoke <name>', 'revokes the certificate').action((name: string, printed: Printed) =>
    change(name, 'certificate', { state: 'revoked' }, printed),
  );
  verb(
    'certificate <name> <state>',
    `gives the certificate a state: ${CERTIFICATE_STATES.join(', ')}`,
  ).action((name: string, state: string, printed: Printed) =>
    change(name, 'certificate', { state }, printed),
  );
  verb('password <name> <new>', 'sets the password')
    .option('--temporary', 'it must be changed first')
    .action((name: string, password: string, options: Printed & { readonly temporary?: boolean }) =>
      change(name, 'password', { password, temporary: options.temporary === true }, options),
    );
  verb('ending <name> <code>', 'the next transaction ends with this code; none takes it back')
    .addOption(new Option('--after <step>').choices(['password', 'key', 'sign']).default('password'))
    .option('--always', 'not the next one only')
    .action(
      (
        name: string,
        code: string,
        options: Printed & { readonly after: string; readonly always?: boolean },
      ) =>
        change(
          name,
          'ending',
          { code: code.toLowerCase() === 'none' ? '' : code, after: options.after, once: !options.always },
          options,
        ),
    );
}

const CERTIFICATE_STATES = ['valid', 'revoked', 'locked', 'expired'];

const created = ({ alias, password, cpr, kind, certificate, cvr, company, ...options }: Created): object => ({
  ...{ alias, password, cpr, kind, certificate, cvr, company },
  firstName: options.firstName,
  lastName: options.lastName,
  temporary: options.temporary === true,
  activate: options.notActivated !== true,
  oces: options.oces,
});
