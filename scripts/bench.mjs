// `npm run bench`: measures, with the flags that the program runs with.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from './node-flags.mjs';
import { prepare } from './prepare.mjs';

await prepare();
const main = fileURLToPath(new URL('../dist/bench/main.js', import.meta.url));
const child = spawn(process.execPath, [...NODE_FLAGS, main], { stdio: 'inherit' });
child.on('exit', (code) => process.exit(code ?? 1));
