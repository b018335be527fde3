/** Every hostile file is refused, with the indication that fits it, and counts as nobody's evidence. */
import t, { type Test } from 'tap';
import type { Attack } from '../../conformance/attacks/attack.ts';
import { incrementalSaving, universalForgery, wrapping } from '../../conformance/attacks/pdf-forgery.ts';
import { certificationAttacks, shadow } from '../../conformance/attacks/pdf-shadow.ts';
import { PdfSource } from '../../conformance/attacks/pdf-source.ts';
import { xmlAttacks } from '../../conformance/attacks/xml.ts';
import { XmlSource } from '../../conformance/attacks/xml-source.ts';
import { isSeglError } from '../../src/errors.ts';
import { verifyEvidencePdf, verifyEvidenceXades } from '../../src/flow/evidence.ts';
import { concluded, createFiles } from '../support/validation.ts';

const files = createFiles();
const trust = { sealAnchors: [files.world.anchor], tsaAnchors: [files.world.anchor] };

const told = async (bytes: Uint8Array): Promise<string> =>
  concluded((await files.validate(bytes, { online: true })).report);

/** Nothing but a typed error says that it is no evidence. */
function refusal(verify: () => unknown): string | undefined {
  try {
    verify();
    return undefined;
  } catch (error) {
    if (!isSeglError(error)) throw error;
    return error.code;
  }
}

async function refuse(t: Test, attacks: readonly Attack[], verify: (bytes: Uint8Array) => unknown) {
  const names = new Set(attacks.map(({ family, name }) => `${family}: ${name}`));
  t.equal(names.size, attacks.length, 'each has a name of its own');
  for (const { family, name, bytes, expected } of attacks) {
    const indication = await told(bytes);
    t.ok(expected.includes(indication), `${family}: ${name}: ${indication}`);
    t.ok(
      refusal(() => verify(bytes)),
      `${family}: ${name}: is no evidence`,
    );
  }
}

t.test('PDFs', async (t) => {
  const source = new PdfSource(files.world);
  const verify = (bytes: Uint8Array) => verifyEvidencePdf(bytes, trust);
  const genuine = [await source.sealed('T'), await source.sealed('LTA'), await source.certified(2)];
  for (const bytes of genuine) {
    t.equal(await told(bytes), 'TOTAL-PASSED', 'the file that attacks are made from holds');
    t.equal(
      refusal(() => verify(bytes)),
      undefined,
    );
  }
  for (const make of [universalForgery, incrementalSaving, wrapping, shadow, certificationAttacks]) {
    await refuse(t, await make(source), verify);
  }
});

t.test('XML signatures', async (t) => {
  const source = new XmlSource(files.world);
  const verify = (bytes: Uint8Array) => verifyEvidenceXades(bytes, 'T', trust);
  for (const text of [await source.enveloping('T'), await source.enveloped('T')]) {
    t.equal(await told(Buffer.from(text)), 'TOTAL-PASSED', 'the file that attacks are made from holds');
    t.equal(
      refusal(() => verify(Buffer.from(text))),
      undefined,
    );
  }
  await refuse(t, await xmlAttacks(source), verify);
});
