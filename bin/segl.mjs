#!/usr/bin/env node
// The command: makes sure that dependencies and build are there, then runs the program with the flags it needs.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../scripts/node-flags.mjs';
import { prepare } from '../scripts/prepare.mjs';

await prepare();
const main = fileURLToPath(new URL('../cli/dist/main.js', import.meta.url));
const child = spawn(process.execPath, [...NODE_FLAGS, main, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
