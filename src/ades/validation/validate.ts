/** Validates a file: finds out what it is, has its reader tell the facts, and judges every signature in it. */
import { createHash } from 'node:crypto';
import { SHIPPED_CALENDAR, type AlgorithmCalendar } from '@segl/pki/algorithms/algorithm-constraints';
import { readAttachments } from '../pades/verify.ts';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { describe, distinct, originalsOf, sha256, type ExtractedDocument } from './documents.ts';
import { describeUnsupported, detectFile, hasTraceOfSignature } from './readers/format.ts';
import type { FormatReader } from './readers/format-reader.ts';
import { idsOf, judgeAll, NOTHING, type Judged } from './judged.ts';
import type { PolicyDocuments } from './policy.ts';
import type { Anchors, ProcessContext, ReadHolder } from './process.ts';
import { readContainerFile } from './readers/read-asic.ts';
import { readCmsFile } from './readers/read-cms.ts';
import { readPdfFile } from './readers/read-pdf.ts';
import { readXmlFile } from './readers/read-xml.ts';
import {
  concluding,
  partPrefix,
  worstOf,
  type Conclusion,
  type FileFormat,
  type ValidationReport,
} from './reports/report.ts';
import type { XmlPart } from './second-opinion.ts';
import type { AskStatus } from './status.ts';
import type { Trust } from './trust.ts';

export type { Trust };

export interface ValidationInput {
  readonly bytes: Uint8Array;
  /** What a detached signature is over. */
  readonly content?: Uint8Array;
  readonly trust: Trust;
  /** The moment of validation. */
  readonly at: Date;
  /** Absent: only what the file carries is used. */
  readonly ask?: AskStatus | undefined;
  /** Of formats besides the standard ones: packages, native messages. */
  readonly readers?: readonly FormatReader[];
  /** Of the signature policies that are known. */
  readonly policies?: PolicyDocuments;
  /** What is known of holders of certificates, besides what their paths say. */
  readonly readHolder?: ReadHolder;
  /** Until when algorithms are relied on; absent: as `@segl/pki` has it. */
  readonly algorithms?: AlgorithmCalendar;
}

export interface Validation {
  readonly report: ValidationReport;
  /** In the order of `report.documents`. */
  readonly documents: readonly ExtractedDocument[];
}

/** Packages that a PDF of ours carries: one a task. */
const MAX_PARTS = 50;

/** With what a second opinion on XML signatures is asked about. */
export type FirstOpinion = Validation & { readonly xml: readonly XmlPart[] };

/** Never throws for what is wrong with the file: that is what the report tells. */
export async function validateFile(input: ValidationInput): Promise<FirstOpinion> {
  return new Validator(input).run(input.bytes, undefined);
}

const unsupported = (readers: readonly FormatReader[]): Problem =>
  adesProblems.of('file/unsupported', { kinds: ['ASiC-E', 'PDF', ...readers.map(({ title }) => title)] });

class Validator {
  readonly #input: ValidationInput;
  readonly #anchors: Anchors;
  readonly #readers: readonly FormatReader[];

  constructor(input: ValidationInput) {
    const { signers, seal, tsa, more = [] } = input.trust;
    this.#input = input;
    this.#readers = input.readers ?? [];
    this.#anchors = {
      native: [...signers, ...more],
      seal: [...seal, ...more],
      any: [...signers, ...seal, ...more],
      'time-stamp': [...tsa, ...more],
    };
  }

  /** `proof`: what proves when the file existed, from around it. */
  async run(given: Uint8Array, proof: ProcessContext['proof']): Promise<FirstOpinion> {
    const { format, bytes } = detectFile(given, this.#readers);
    let judged: Judged;
    try {
      judged = await this.#judge(format, bytes, this.#context(proof));
    } catch (error) {
      if (!isSeglError(error)) throw error;
      judged = isSeglError(error, 'PDF_ENCRYPTED')
        ? { ...NOTHING, unjudged: 'encrypted', problem: adesProblems.of('file/encrypted') }
        : { ...NOTHING, problem: reasonOf(error) };
    }
    const isUnsigned = judged.signatures.length === 0 && judged.problem === undefined;
    if ((isUnsigned || format === 'unknown') && hasTraceOfSignature({ format, bytes }, judged.documents)) {
      judged = { ...NOTHING, problem: adesProblems.of('file/signature-trace') };
    } else if (isUnsigned) {
      judged = { ...judged, unjudged: 'no-signature', problem: adesProblems.of('file/no-signature') };
    }
    const { documents, xml, ...told } = judged;
    const report: ValidationReport = {
      ...concludingOf(told),
      format,
      sha256: sha256(given),
      bytes: given.length,
      validatedAt: this.#input.at,
      ...told,
      documents: documents.map(describe),
    };
    return { report, documents, xml };
  }

  #context(proof: ProcessContext['proof']): ProcessContext {
    const { at, ask, policies = () => undefined, algorithms = SHIPPED_CALENDAR } = this.#input;
    const { readHolder = () => [] } = this.#input;
    return {
      anchors: this.#anchors,
      now: at,
      ask,
      algorithms,
      policies,
      readHolder,
      ...(proof && { proof }),
    };
  }

  async #judge(format: FileFormat, bytes: Uint8Array, context: ProcessContext): Promise<Judged> {
    const { content } = this.#input;
    const reader = this.#reader(format);
    if (reader) return reader.judge(bytes, context);
    switch (format) {
      case 'XML': {
        const facts = readXmlFile(bytes, content && (() => content));
        const signatures = await judgeAll(facts, context);
        return { ...NOTHING, signatures, xml: [{ bytes, ids: idsOf(signatures) }] };
      }
      case 'ASiC-E':
        return this.#container(bytes, context);
      case 'PDF':
        return this.#pdf(bytes, context);
      case 'CMS': {
        const digest = content && ((hash: string) => createHash(hash).update(content).digest());
        return { ...NOTHING, signatures: await judgeAll(readCmsFile(bytes, digest), context) };
      }
      case 'unknown':
      default:
        return {
          ...NOTHING,
          unjudged: 'unsupported',
          problem: describeUnsupported(bytes) ?? unsupported(this.#readers),
        };
    }
  }

  #reader(format: FileFormat): FormatReader | undefined {
    return this.#readers.find((reader) => reader.format === format);
  }

  #mediaTypeOf(bytes: Uint8Array): string {
    const { format } = detectFile(bytes, this.#readers);
    return this.#reader(format)?.mediaType ?? MEDIA_TYPES[format] ?? 'application/octet-stream';
  }

  /** Its signatures, then every file in it that is signed by itself; a message that a package holds is judged there. */
  async #container(bytes: Uint8Array, context: ProcessContext): Promise<Judged> {
    const { signatures: facts, members } = readContainerFile(bytes);
    const signatures = await judgeAll(facts, context);
    const outer = signatures.find(({ indication }) => indication === 'TOTAL-PASSED');
    const proof = outer && { at: outer.bestSignatureTime, by: adesProblems.of('proof/container') };
    const parts: { name: string; report: ValidationReport }[] = [];
    const xml: XmlPart[] = [];
    const inPackages = new Set<string>();
    for (const { name, bytes: data } of members) {
      const { format } = detectFile(data, this.#readers);
      const isSigned = format !== 'unknown' && format !== 'ASiC-E' && !inPackages.has(sha256(data));
      if (!isSigned || parts.length >= MAX_PARTS) continue;
      const { report, xml: own } = await this.run(data, proof ?? context.proof);
      if (report.unjudged) continue;
      xml.push(...ofPart(own, parts.length));
      parts.push({ name, report });
      if (report.package) inPackages.add(report.package.nativeSha256);
    }
    const documents = members.map(({ name, bytes: data }) => {
      return { name, mimeType: this.#mediaTypeOf(data), bytes: data, role: 'member' as const };
    });
    return { ...NOTHING, signatures, documents, parts, xml };
  }

  async #pdf(bytes: Uint8Array, context: ProcessContext): Promise<Judged> {
    const facts = readPdfFile(bytes);
    const signatures = await judgeAll(facts, context);
    const outer = signatures.find(({ indication, coversFile, changes = [] }) => {
      return indication === 'TOTAL-PASSED' && (coversFile === true || changes.length === 0);
    });
    const proof = outer && { at: outer.bestSignatureTime, by: adesProblems.of('proof/pdf') };
    const parts: { name: string; report: ValidationReport }[] = [];
    const attached: ExtractedDocument[] = [];
    const inside: ExtractedDocument[] = [];
    const xml: XmlPart[] = [];
    for (const { name, mimeType = 'application/octet-stream', bytes: data } of readAttachments(bytes)) {
      attached.push({ name, mimeType, bytes: data, role: 'attached' });
      const { format } = detectFile(data, this.#readers);
      if (parts.length >= MAX_PARTS || !this.#reader(format)?.isPackage) continue;
      const part = await this.run(data, proof ?? context.proof);
      xml.push(...ofPart(part.xml, parts.length));
      parts.push({ name, report: part.report });
      inside.push(...part.documents.map((one) => ({ ...one, within: name })));
    }
    const packages = parts.flatMap(({ report }) => report.package ?? []);
    const ends = facts.flatMap(({ format, revisionLength }) =>
      format === 'document time-stamp' ? [] : (revisionLength ?? []),
    );
    const documents = distinct([...originalsOf(bytes, ends, packages), ...inside]);
    return { ...NOTHING, signatures, documents: [...documents, ...attached], parts, xml };
  }
}

/** With the ids that its signatures have among those of the whole file. */
const ofPart = (xml: readonly XmlPart[], index: number): XmlPart[] =>
  xml.map(({ bytes, ids }) => ({ bytes, ids: ids.map((id) => `${partPrefix(index)}${id}`) }));

function concludingOf({
  signatures,
  parts,
  problem,
  unjudged,
}: Omit<Judged, 'documents' | 'xml'>): Conclusion {
  if (unjudged) return concluding('GENERIC');
  if (problem) return concluding('FORMAT_FAILURE');
  return worstOf([...signatures, ...parts.map(({ report }) => report)]);
}

const MEDIA_TYPES: Readonly<Partial<Record<FileFormat, string>>> = {
  XML: 'application/xml',
  PDF: 'application/pdf',
};
