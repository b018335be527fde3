/** Puts every hostile file, and the genuine ones that they are made from, before our validator and our check of evidence. */
import { ManualClock } from '@segl/problem/clock';
import { isSeglError } from '@segl/problem/errors';
import { verifyEvidencePdf, verifyEvidenceXades } from '@segl/identity/evidence/verify';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { validate } from '../corpus/relying-party.ts';
import { createWorld, type World } from '../world.ts';
import type { Attack } from './attack.ts';
import { incrementalSaving, universalForgery, wrapping } from './pdf-forgery.ts';
import { certificationAttacks, shadow } from './pdf-shadow.ts';
import { PdfSource } from './pdf-source.ts';
import { xmlAttacks } from './xml.ts';
import { XmlSource } from './xml-source.ts';

export interface Told {
  readonly family: string;
  readonly name: string;
  readonly expected: readonly string[];
  /** `TOTAL-FAILED/HASH_FAILURE` and the like. */
  readonly indication: string;
  /** The code of the error that says that it is no evidence; undefined: it is taken for evidence. */
  readonly refused: string | undefined;
}

type Verify = (bytes: Uint8Array) => unknown;

/** A genuine file is expected to pass, and to be taken. */
export const isAsExpected = ({ expected, indication, refused }: Told): boolean =>
  expected.includes(indication) && (refused === undefined) === expected.includes('TOTAL-PASSED');

/** When the files were made, which some attacks change. */
const MADE = new Date('2026-03-01T12:00:00Z');

/** Everything, by family. Throws what is not a typed error: a crash of the validator. */
export async function* tellAttacks(): AsyncGenerator<Told> {
  const world = createWorld(new ManualClock(MADE));
  const trust = { sealAnchors: [world.anchor], tsaAnchors: [world.anchor] };
  const genuine = (name: string, bytes: Uint8Array): Attack => ({
    ...{ family: 'genuine', name, bytes, expected: ['TOTAL-PASSED'] },
  });
  const verifyPdf: Verify = (bytes) => verifyEvidencePdf(bytes, trust);
  const pdfs = new PdfSource(world);
  for (const [name, bytes] of [
    ['PAdES-B-T', await pdfs.sealed('T')],
    ['PAdES-B-LTA', await pdfs.sealed('LTA')],
    ['certified PDF', await pdfs.certified(2)],
  ] as const) {
    yield tell(world, genuine(name, bytes), verifyPdf);
  }
  for (const make of [universalForgery, incrementalSaving, wrapping, shadow, certificationAttacks]) {
    for (const attack of await make(pdfs)) yield tell(world, attack, verifyPdf);
  }
  const verifyXml: Verify = (bytes) => verifyEvidenceXades(bytes, 'T', trust);
  const texts = new XmlSource(world);
  yield tell(world, genuine('enveloping', Buffer.from(await texts.enveloping('T'))), verifyXml);
  yield tell(world, genuine('enveloped', Buffer.from(await texts.enveloped('T'))), verifyXml);
  for (const attack of await xmlAttacks(texts)) yield tell(world, attack, verifyXml);
}

async function tell(world: World, { family, name, bytes, expected }: Attack, verify: Verify): Promise<Told> {
  const { report } = await validate({ bytes }, world.anchor, world.clock.now(), (certificate, issuer) =>
    world.revocation.status(parseCertificate(certificate), parseCertificate(issuer)),
  );
  const { indication, subIndication } = report;
  return {
    ...{ family, name, expected },
    indication: subIndication ? `${indication}/${subIndication}` : indication,
    refused: refusal(() => verify(bytes)),
  };
}

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
