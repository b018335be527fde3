/** Files made and renewed after the digest algorithm that was in use has ended: time-stamps, and signatures, by SHA-512. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHIPPED_ALGORITHMS, useAlgorithms } from '@segl/pki/algorithms/algorithm-constraints';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { raisePades } from '@segl/ades/pades/levels';
import { openXades } from '@segl/ades/xades/read';
import { raise } from '@segl/ades/xades/levels';
import { claimedFiles, nextSecond, type ClaimedFile } from './files.ts';
import { keyKinds, type World } from './world.ts';

/** The shipped calendar without SHA-256 and SHA-384. `folder`: a place for it. */
function withoutShorter(folder: string): string {
  const file = join(folder, 'algorithms.json');
  const shipped = JSON.parse(readFileSync(SHIPPED_ALGORITHMS, 'utf8')) as { digests: object };
  const digests = { ...shipped.digests, sha256: '2020-01-01T00:00:00Z', sha384: '2020-01-01T00:00:00Z' };
  writeFileSync(file, JSON.stringify({ ...shipped, digests }));
  return file;
}

const lta = { keys: keyKinds, xadesLevels: ['LTA'], padesLevels: ['LTA'], pdfKinds: ['classic'] } as const;

/** LTA with SHA-512 throughout, and LTA with SHA-256 that is renewed with SHA-512. */
export async function* otherDigestFiles(
  world: World,
  inputs: ReadonlyMap<string, Uint8Array>,
  folder: string,
): AsyncGenerator<ClaimedFile> {
  const before: ClaimedFile[] = [];
  for await (const file of claimedFiles(world, inputs, lta))
    if (!file.detached && file.format !== 'ASiC-E') before.push(file);
  await nextSecond();
  useAlgorithms(withoutShorter(folder));
  try {
    for await (const file of claimedFiles(world, inputs, lta)) {
      yield { ...file, kind: `${file.kind}, SHA-512` };
    }
    for (const file of before) {
      yield { ...file, kind: `${file.kind}, then SHA-512`, bytes: await renew(file, world) };
    }
  } finally {
    useAlgorithms(SHIPPED_ALGORITHMS);
  }
}

async function renew({ format, bytes }: ClaimedFile, { services }: World): Promise<Uint8Array> {
  if (format === 'XAdES') return raise(openXades(bytes), 'LTA', services);
  const file = IncrementalFile.of(bytes);
  await raisePades(file, 'LTA', services);
  return file.bytes;
}
