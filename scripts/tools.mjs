// Tools of the operating system that the tests ask for a second opinion; installed through apt where we may.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Command → Debian package. */
const TOOLS = {
  chromium: 'chromium',
  xmlsec1: 'xmlsec1',
  pdfsig: 'poppler-utils',
  qpdf: 'qpdf',
  xmllint: 'libxml2-utils',
  openssl: 'openssl',
  'redis-server': 'redis-server',
  'softhsm2-util': 'softhsm2',
};

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

const missing = () => Object.keys(TOOLS).filter((command) => !onPath(command));

/** Installs what is missing when this is root on a system with apt; says what stays missing. */
export function installTools() {
  const wanted = missing();
  if (wanted.length > 0 && process.getuid?.() === 0 && onPath('apt-get')) {
    const packages = [...new Set(wanted.map((command) => TOOLS[command]))];
    console.error(`Installing ${packages.join(', ')} …`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const apt = (...args) =>
      spawnSync('apt-get', ['-qq', '-o', 'Dpkg::Use-Pty=0', ...args], {
        env,
        stdio: ['ignore', 'ignore', 2],
      });
    apt('update');
    apt('install', '-y', '--no-install-recommends', ...packages);
  }
  for (const command of missing()) {
    const what =
      process.env.CI === 'true' ? 'tests that need it will fail' : 'tests that need it are skipped';
    console.error(`${command} is not installed here: ${what}`);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) installTools();
