/** ASiC-E containers with XAdES (ETSI EN 319 162-1 clause 4.4) as facts: their signatures, and the files that they are over. */
import { ASIC_E_MEDIA_TYPE } from '../../asic/container.ts';
import { readZip } from '../../asic/unzip.ts';
import type { ZipEntry } from '../../asic/zip.ts';
import { readXades, type ReadXades } from '../../xades/read.ts';
import { adesProblems } from '../../problems.ts';
import { failed, passed, type Finding, type SignatureFacts } from '../facts.ts';
import { xadesFacts } from './read-xml.ts';

export interface ContainerFacts {
  readonly signatures: readonly SignatureFacts[];
  /** Everything but `mimetype` and META-INF, in order. */
  readonly members: readonly ZipEntry[];
}

const SIGNATURES = /^META-INF\/[^/]*signatures[^/]*\.xml$/i;
/** Told by name, of files that no signature covers. */
const MAX_NAMED = 3;

/** Whether a ZIP says by its first entry, which must be stored, that it is such a container (clause A.1). */
export function isContainer(head: Buffer): boolean {
  return head.toString('latin1', 30, 38 + ASIC_E_MEDIA_TYPE.length) === `mimetype${ASIC_E_MEDIA_TYPE}`;
}

/** Throws ASIC_INVALID, and XML_INVALID when a file of signatures cannot be read. */
export function readContainerFile(zip: Uint8Array): ContainerFacts {
  const entries = readZip(zip);
  const files = new Map(entries.map(({ name, bytes }) => [name, bytes]));
  const members = entries.filter(({ name }) => name !== 'mimetype' && !name.startsWith('META-INF/'));
  const detached = (uri: string): Uint8Array | undefined => files.get(nameOf(uri));
  const read = entries
    .filter(({ name }) => SIGNATURES.test(name))
    .flatMap(({ bytes }) => readXades(bytes, { allowSha1: true, detached }));
  const covered = new Set(read.flatMap(({ references }) => references.map(({ uri }) => nameOf(uri))));
  const coverage = coverageFinding(members, covered);
  const signatures = read.map((one, index) => ({
    ...xadesFacts(one),
    ...(one.id === undefined && { name: `signature-${index + 1}` }),
    findings: [...xadesFacts(one).findings, ...(holds(one) ? [coverage] : [])],
  }));
  return { signatures, members };
}

const holds = ({ problem }: ReadXades): boolean => problem === undefined;

/** A reference names a file relative to the container (RFC 3986). */
function nameOf(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch (error) {
    if (error instanceof URIError)
      throw adesProblems.error('ASIC_INVALID', { why: adesProblems.of('asic/not-a-uri') });
    throw error;
  }
}

/** A file that nobody signed must not share in what the signatures are worth. */
function coverageFinding(members: readonly ZipEntry[], covered: ReadonlySet<string>): Finding {
  const outside = members.map(({ name }) => name).filter((name) => !covered.has(name));
  if (outside.length === 0)
    return passed('constraints', 'coverage', adesProblems.of('asic/all-covered', { count: members.length }));
  const why = adesProblems.of('asic/uncovered', { names: outside.slice(0, MAX_NAMED) });
  return failed('constraints', 'coverage', 'SIG_CONSTRAINTS_FAILURE', why);
}
