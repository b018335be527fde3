/** One of several processes that make packages, or only their signatures, at the same time, as workers do. */
import { randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageKit } from './package-kit.ts';
import { rate, RUN_IN_TOGETHER } from './rate.ts';

const folder = await mkdtemp(join(tmpdir(), 'segl-bench-'));
const { complete, privateKey } = await packageKit(folder);
const data = randomBytes(64);
const { perSecond } = await rate(
  process.argv[2] === 'packages' ? complete : () => sign('sha256', data, privateKey),
  RUN_IN_TOGETHER,
);
await rm(folder, { recursive: true });
process.send!(perSecond);
process.disconnect();
