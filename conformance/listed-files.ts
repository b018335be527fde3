/** Files of a world whose authorities answer nobody and publish revocation lists alone. */
import { claimedFiles, type ClaimedFile } from './files.ts';
import { keyKinds, type World } from './world.ts';

/** `world`: made with `status: 'lists'`. The levels below carry no validation data, so they are none of its matter. */
export async function* listedFiles(
  world: World,
  inputs: ReadonlyMap<string, Uint8Array>,
): AsyncGenerator<ClaimedFile> {
  const extent = { keys: keyKinds, xadesLevels: ['LT', 'LTA', 'XL'], padesLevels: ['LT', 'LTA'] } as const;
  for await (const file of claimedFiles(world, inputs, { ...extent, pdfKinds: ['classic'] })) {
    yield { ...file, kind: `${file.kind}, revocation lists`, isByLists: true };
  }
}
