import { describeSettings } from '@segl/server/config/config';
import { SEGL_VERSION } from '@segl/server/application/packaging/software';

const COMMANDS: readonly (readonly [string, string])[] = [
  ['start', 'everything in one process: service, workers and, with SANDBOX=on, the sandbox'],
  ['serve', 'the service only: SOAP, documents, portal'],
  ['worker', 'background work only: packages, callbacks, clearing up; any number of them'],
  ['sandbox', 'the sandbox only: NemID, OCSP, time-stamps, PID-CPR, test persons'],
  [
    'sandbox sign URL --user NAME',
    'plays a test person: opens the task URL, reads, signs, sends in; --upload FILE',
  ],
  [
    'sandbox user VERB',
    'test users: create, find, show, card, lock, unlock, revoke, certificate, password, ending',
  ],
  [
    'sandbox clock [show | +3y | -1d | reset]',
    'moves the clock of the sandbox, and of the service and workers beside it',
  ],
  [
    'account set NAME',
    'adds a service account or changes its password (asked for, or read from standard input)',
  ],
  [
    'caller VERB',
    'calling systems by their certificates: add, remove, list, check, rules, audit; segl caller tells how',
  ],
  [
    'provider set|show|check|remove SERVICE',
    "an account's own set-up as service provider of NemID: certificate, agreements; segl provider tells how",
  ],
  [
    'evidence REQUEST-ID [--out FILE]',
    'one file with everything about an order, and a page that verifies it offline (docs/guide/evidence-file.md)',
  ],
  [
    'preserve plan|run|report|add|proof',
    'renews the proof of archived evidence before it ends, and tells of it (docs/guide/preservation.md)',
  ],
  ['doctor [--json]', 'checks keys, certificates, time-stamps, database, mail, disk, and says the next step'],
  [
    'judge FILE --at TIME [--evidence FILE]…',
    'every verdict about a native message, offline, as of that time (docs/standards/native-signatures.md)',
  ],
  [
    'retry [ID… | --all]',
    'lists work that was given up after its last try (packages, notifications), or takes it up again',
  ],
  [
    'template list | preview NAME',
    'the templates of signature pages (docs/guide/templates.md), and one to look at: --out FILE.pdf, --language da | en',
  ],
  [
    'verify FILE',
    'validates a signed file: --document FILE, --at TIME, --trust FILE, --offline, --json, --xml; exit codes: 0 passed, 1 failed, 2 indeterminate, 3 unusable, 4 nothing to judge',
  ],
  [
    'demo [--out DIR] [--document FILE] [--keep-running]',
    'one order from createRequest to a sealed PAdES, verified',
  ],
  ['bench', 'measures packages and verified messages per second beside raw RSA'],
  ['help [--markdown | --limits]', 'this text; the settings, or all limits, as Markdown'],
];

const column = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.min(34, Math.max(...rows.map(([name]) => name.length)));
  return rows
    .map(([name, about]) =>
      name.length > width
        ? `  ${name}\n  ${' '.repeat(width)}  ${about}`
        : `  ${name.padEnd(width)}  ${about}`,
    )
    .join('\n');
};

/** What `segl COMMAND --help` prints; undefined for a command that does not exist. */
export function commandHelp(command: string): string | undefined {
  const rows = COMMANDS.filter(([name]) => name.split(' ', 1)[0] === command);
  return rows.length > 0
    ? rows.map(([name, about]) => `use: segl ${name}\n     ${about}\n`).join('')
    : undefined;
}

/** What `segl help` prints. */
export function helpText(): string {
  const settings = describeSettings().map(
    ({ variable, fallback, about }) => [variable, fallback ? `${about} [${fallback}]` : about] as const,
  );
  return `Segl ${SEGL_VERSION}: document signing.

Usage: segl COMMAND

Commands
${column(COMMANDS)}

Settings (environment variables) [default]
${column(settings)}
`;
}

/** The settings as a Markdown table, as docs/reference/settings.md shows them. */
export function settingsTable(): string {
  const rows = describeSettings().map(
    ({ variable, fallback, about }) =>
      `| \`${variable}\` | ${fallback ? `\`${fallback}\`` : ''} | ${about} |`,
  );
  return ['| Setting | Default | What for |', '|---|---|---|', ...rows].join('\n');
}
