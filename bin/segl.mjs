#!/usr/bin/env node
// The command: makes sure that dependencies and build are there, then runs the program with the flags it needs.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { prepare } from '../scripts/prepare.mjs';

await prepare();
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
// --disable-proto=delete: no __proto__ accessor, so no input can reach Object.prototype through it
const child = spawn(
  process.execPath,
  ['--disable-proto=delete', '--enable-source-maps', main, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
