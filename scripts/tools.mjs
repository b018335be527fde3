// Tools of the operating system that the tests ask for a second opinion; installed through apt where we may.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Command → Debian package. */
const TOOLS = {
  'chromium-headless-shell': 'chromium-headless-shell',
  xmlsec1: 'xmlsec1',
  pdfsig: 'poppler-utils',
  qpdf: 'qpdf',
  xmllint: 'libxml2-utils',
  openssl: 'openssl',
  'redis-server': 'redis-server',
  'softhsm2-util': 'softhsm2',
};

/** Command → one that does as well, in a package of its own name. Debian has the headless shell, others have not. */
const INSTEAD = { 'chromium-headless-shell': 'chromium' };

function onPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const isThere = (command) => [command, INSTEAD[command]].some((name) => name !== undefined && onPath(name));

/** Installs what is missing when this is root on a system with apt; says what stays missing. */
export function installTools() {
  const wanted = Object.keys(TOOLS).filter((command) => !onPath(command));
  if (wanted.length > 0 && process.getuid?.() === 0 && onPath('apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const run = (command, ...args) =>
      spawnSync(command, args, { env, stdio: ['ignore', 'ignore', 2] }).status === 0;
    const apt = (...args) => run('apt-get', '-qq', '-o', 'Dpkg::Use-Pty=0', ...args);
    apt('update');
    const packageOf = (command) =>
      INSTEAD[command] && !run('apt-cache', 'show', TOOLS[command]) ? INSTEAD[command] : TOOLS[command];
    const packages = [...new Set(wanted.map(packageOf))];
    console.error(`Installing ${packages.join(', ')} …`);
    apt('install', '-y', '--no-install-recommends', ...packages);
  }
  for (const command of Object.keys(TOOLS).filter((name) => !isThere(name))) {
    const what =
      process.env.CI === 'true' ? 'tests that need it will fail' : 'tests that need it are skipped';
    console.error(`${command} is not installed here: ${what}`);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) installTools();
