/** The genuine XML signatures that attacks are made from. */
import { raise, type XadesLevel } from '@segl/ades/xades/levels';
import { signXades, type XadesData } from '@segl/ades/xades/sign';
import type { World } from '../world.ts';

export const CONTRACT = '<contract><amount>100</amount></contract>';

export class XmlSource {
  readonly #world: World;
  readonly key;
  readonly other;

  constructor(world: World) {
    this.#world = world;
    this.key = world.signer('P-256', 'Seal');
    this.other = world.signer('P-256', 'Somebody else');
  }

  async sign(data: XadesData, level: XadesLevel, key = this.key): Promise<string> {
    const parts = await signXades({ key, signingTime: this.#world.clock.now(), data: [data] });
    return (await raise(parts, level, this.#world.services)).toString();
  }

  /** A ds:Signature with the contract in a ds:Object, in base64. */
  enveloping = (level: XadesLevel): Promise<string> =>
    this.sign({ form: 'enveloping', bytes: Buffer.from(CONTRACT), mimeType: 'application/xml' }, level);

  /** The contract with a ds:Signature over all of it inside. */
  enveloped = (level: XadesLevel): Promise<string> =>
    this.sign({ form: 'enveloped', bytes: Buffer.from(CONTRACT) }, level);
}
