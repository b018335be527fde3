/**
 * What other people's code makes of the core of an XML signature: xadesjs, or xmldsigjs where that cannot read the
 * properties, on @peculiar/webcrypto. It is told beside our judgement and decides nothing.
 *
 * These libraries change globals, and on text of more than about 80 MB they end the process: they are loaded when they are
 * needed, in a thread of their own, for documents of a bounded size.
 */
import { createRequire } from 'node:module';
import type * as peculiar from '@peculiar/webcrypto';
import { DS } from '../xml/algorithms.ts';
import type { SecondOpinion } from './reports/report.ts';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';

/** Larger ones take them minutes and gigabytes. */
export const MAX_SECOND_OPINION = 4 << 20;

/** A document with signatures that are reported under these ids, in its order. */
export interface XmlPart {
  readonly bytes: Uint8Array;
  readonly ids: readonly string[];
}

const BY = 'xadesjs';
const unable = (problem: Problem): SecondOpinion => ({ by: BY, outcome: 'unable', problem });

/** Libraries tell it in words of theirs, which are quoted. */
const said = (error: unknown): Problem =>
  adesProblems.of('second-opinion/said', { said: (error as Error).message });

/** By the id of the signature. */
export async function opinionsOn(parts: readonly XmlPart[]): Promise<Map<string, SecondOpinion>> {
  const all = new Map<string, SecondOpinion>();
  for (const { bytes, ids } of parts) {
    const opinions = ids.length > 0 ? await secondOpinions(bytes, ids.length) : [];
    for (const [index, opinion] of opinions.entries()) all.set(ids[index]!, opinion);
  }
  return all;
}

/** One for each ds:Signature of the document, in its order. Never throws for what is wrong with it. */
async function secondOpinions(bytes: Uint8Array, count: number): Promise<SecondOpinion[]> {
  if (bytes.length > MAX_SECOND_OPINION) {
    return Array.from({ length: count }, () => unable(adesProblems.of('second-opinion/too-large')));
  }
  const [xades, xmldsig, { setNodeDependencies }, xmldom, xpath] = await Promise.all([
    import('xadesjs'),
    import('xmldsigjs'),
    import('xml-core'),
    import('@xmldom/xmldom'),
    import('xpath'),
  ]);
  // its ES module build is not marked as one, which loaders that do not look into files stumble over
  const { Crypto } = createRequire(import.meta.url)('@peculiar/webcrypto') as typeof peculiar;
  setNodeDependencies({ ...xmldom, xpath });
  xmldsig.Application.setEngine('peculiar', new Crypto());
  xades.Application.setEngine('peculiar', new Crypto());
  let document: ReturnType<typeof xades.Parse>;
  try {
    document = xades.Parse(Buffer.from(bytes).toString());
  } catch (error) {
    return Array.from({ length: count }, () => unable(said(error)));
  }
  const signatures = document.getElementsByTagNameNS(DS, 'Signature');
  const opinions: SecondOpinion[] = [];
  for (let number = 0; number < count; number++) {
    const signature = signatures[number];
    opinions.push(
      signature
        ? await opinionOf([new xades.SignedXml(document), new xmldsig.SignedXml(document)], signature)
        : unable(adesProblems.of('second-opinion/not-found')),
    );
  }
  return opinions;
}

interface Verifier {
  LoadXml(signature: Element): void;
  Verify(): Promise<boolean>;
}

async function opinionOf(verifiers: readonly Verifier[], signature: Element): Promise<SecondOpinion> {
  let problem = adesProblems.of('second-opinion/not-found');
  for (const [index, verifier] of verifiers.entries()) {
    const by = index === 0 ? BY : 'xmldsigjs';
    try {
      verifier.LoadXml(signature);
    } catch (error) {
      problem = said(error);
      continue;
    }
    try {
      return { by, outcome: (await verifier.Verify()) ? 'valid' : 'invalid' };
    } catch (error) {
      const { message } = error as Error;
      // it throws for a value or a digest that does not fit, and for what it does not know
      const outcome = /invalid (digest|signature)/i.test(message) ? 'invalid' : 'unable';
      return { by, outcome, problem: said(error) };
    }
  }
  return unable(problem);
}
