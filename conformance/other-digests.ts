/** Files made and renewed after the digest algorithm that was in use has ended: time-stamps, and signatures, by SHA-512. */
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { raisePades } from '@segl/ades/pades/levels';
import { openXades } from '@segl/ades/xades/read';
import { raise } from '@segl/ades/xades/levels';
import { claimedFiles, nextSecond, type ClaimedFile } from './files.ts';
import { keyKinds, type World } from './world.ts';

const lta = { keys: keyKinds, xadesLevels: ['LTA'], padesLevels: ['LTA'], pdfKinds: ['classic'] } as const;

/** LTA with SHA-512 throughout, and LTA with SHA-256 that is renewed with SHA-512. */
export async function* otherDigestFiles(
  world: World,
  inputs: ReadonlyMap<string, Uint8Array>,
): AsyncGenerator<ClaimedFile> {
  const before: ClaimedFile[] = [];
  for await (const file of claimedFiles(world, inputs, lta))
    if (!file.detached && file.format !== 'ASiC-E') before.push(file);
  await nextSecond();
  const later = world.withDigest('sha512');
  for await (const file of claimedFiles(later, inputs, lta)) {
    yield { ...file, kind: `${file.kind}, SHA-512` };
  }
  for (const file of before) {
    yield { ...file, kind: `${file.kind}, then SHA-512`, bytes: await renew(file, later) };
  }
}

async function renew({ format, bytes }: ClaimedFile, { services }: World): Promise<Uint8Array> {
  if (format === 'XAdES') return raise(openXades(bytes), 'LTA', services);
  const file = IncrementalFile.of(bytes);
  await raisePades(file, 'LTA', services);
  return file.bytes;
}
