/** Validates a file: finds out what it is, has its reader tell the facts, and judges every signature in it. */
import { createHash } from 'node:crypto';
import type { LtvSdoContent } from '../ades/ltvsdo/content.ts';
import { readAttachments } from '../ades/pades/verify.ts';
import { requireOwnContent } from '../eid/nemid/evidence.ts';
import type { OcesEnvironment } from '../eid/nemid/environments.ts';
import { isSeglError, type SeglError } from '../errors.ts';
import { failed, NO_EVIDENCE, passed, type Finding, type SignatureFacts } from './facts.ts';
import { detectFile } from './format.ts';
import { judgeSignature, type Anchors, type ProcessContext } from './process.ts';
import { readCmsFile } from './read-cms.ts';
import { readPackageFile } from './read-ltv-sdo.ts';
import { readNativeFile } from './read-native.ts';
import { readPdfFile } from './read-pdf.ts';
import { readXmlFile } from './read-xml.ts';
import {
  partPrefix,
  worstOf,
  type DocumentReport,
  type FileFormat,
  type PackageReport,
  type SignatureReport,
  type ValidationReport,
} from './report.ts';
import type { XmlPart } from './second-opinion.ts';
import type { AskStatus } from './status.ts';

/** Whose signatures count. All certificates are DER. */
export interface Trust {
  /** Of signers with NemID. */
  readonly environment: OcesEnvironment;
  readonly seal: readonly Uint8Array[];
  readonly tsa: readonly Uint8Array[];
  /** Trusted for everything. */
  readonly more?: readonly Uint8Array[];
}

export interface ValidationInput {
  readonly bytes: Uint8Array;
  /** What a detached signature is over. */
  readonly content?: Uint8Array;
  readonly trust: Trust;
  /** The moment of validation. */
  readonly at: Date;
  /** Absent: only what the file carries is used. */
  readonly ask?: AskStatus | undefined;
}

export interface ExtractedDocument {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
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

type Judged = Omit<
  ValidationReport,
  'indication' | 'subIndication' | 'format' | 'sha256' | 'bytes' | 'validatedAt' | 'documents'
> & {
  readonly documents: readonly ExtractedDocument[];
  readonly xml: readonly XmlPart[];
};

const NOTHING = { signatures: [], documents: [], parts: [], xml: [] } as const;

class Validator {
  readonly #input: ValidationInput;
  readonly #anchors: Anchors;

  constructor(input: ValidationInput) {
    const { environment, seal, tsa, more = [] } = input.trust;
    this.#input = input;
    this.#anchors = {
      native: [...environment.anchors, ...more],
      seal: [...seal, ...more],
      any: [...environment.anchors, ...seal, ...more],
      'time-stamp': [...tsa, ...more],
    };
  }

  /** `proof`: what proves when the file existed, from around it. */
  async run(given: Uint8Array, proof: ProcessContext['proof']): Promise<FirstOpinion> {
    const { format, bytes } = detectFile(given);
    let judged: Judged;
    try {
      judged = await this.#judge(format, bytes, this.#context(proof));
    } catch (error) {
      if (!isSeglError(error)) throw error;
      judged = { ...NOTHING, problem: reasonOf(error) };
    }
    const { documents, xml, ...told } = judged;
    const unread = told.problem !== undefined || told.signatures.length === 0;
    const conclusion = unread
      ? ({ indication: 'TOTAL-FAILED', subIndication: 'FORMAT_FAILURE' } as const)
      : worstOf([...told.signatures, ...told.parts.map(({ report }) => report)]);
    const report: ValidationReport = {
      ...conclusion,
      format,
      sha256: sha256(given),
      bytes: given.length,
      validatedAt: this.#input.at,
      ...(unread && told.problem === undefined && { problem: 'it carries no signature' }),
      ...told,
      documents: documents.map(describe),
    };
    return { report, documents, xml };
  }

  #context(proof: ProcessContext['proof']): ProcessContext {
    const { at, ask } = this.#input;
    return { anchors: this.#anchors, now: at, ask, ...(proof && { proof }) };
  }

  async #judge(format: FileFormat, bytes: Uint8Array, context: ProcessContext): Promise<Judged> {
    const { content } = this.#input;
    switch (format) {
      case 'LTV-SDO':
        return this.#package(bytes, context);
      case 'NemID': {
        const { environment } = this.#input.trust;
        const at = context.proof?.at ?? context.now;
        const { facts, documents } = readNativeFile(bytes, environment, at, NO_EVIDENCE);
        const signatures = await judgeAll([facts], context);
        return { ...NOTHING, signatures, documents, xml: [{ bytes, ids: idsOf(signatures) }] };
      }
      case 'XML': {
        const facts = readXmlFile(bytes, content && (() => content));
        const signatures = await judgeAll(facts, context);
        return { ...NOTHING, signatures, xml: [{ bytes, ids: idsOf(signatures) }] };
      }
      case 'PDF':
        return this.#pdf(bytes, context);
      case 'CMS': {
        const digest = content && ((hash: string) => createHash(hash).update(content).digest());
        return { ...NOTHING, signatures: await judgeAll(readCmsFile(bytes, digest), context) };
      }
      case 'unknown':
        return { ...NOTHING, problem: 'it is none of LTV-SDO, XML signature, NemID message, PDF and CMS' };
    }
  }

  async #package(bytes: Uint8Array, context: ProcessContext): Promise<Judged> {
    const { seal, content } = readPackageFile(bytes);
    const sealed = await judgeSignature(seal, 'signature-1', context);
    const outer: XmlPart = { bytes, ids: idsOf([sealed]) };
    if (!content) return { ...NOTHING, signatures: [sealed], xml: [outer] };
    // the seal is its maker's word for when the signature was there, and it counts as long as the seal does
    const isVouched = sealed.indication === 'TOTAL-PASSED' && content.native.signingTime <= context.now;
    const proof = isVouched ? { at: content.native.signingTime, by: 'the seal' } : context.proof;
    const inner = this.#context(proof);
    const { environment } = this.#input.trust;
    const at = proof?.at ?? context.now;
    const { facts, message, documents } = readNativeFile(
      content.native.bytes,
      environment,
      at,
      content.native.validation,
    );
    const own = message ? ownContent(message, content) : undefined;
    const native = await judgeSignature(
      {
        ...facts,
        findings: [...facts.findings, ...(own ? [own] : [])],
        claimedTime: content.native.signingTime,
      },
      'signature-2',
      inner,
    );
    const original = content.native.originalDocument;
    const { mimeType, title } = content.document;
    const isOriginal = original && sha256(original) === hex(content.document.sha256);
    return {
      ...NOTHING,
      signatures: [sealed, native],
      xml: [outer, { bytes: content.native.bytes, ids: idsOf([native]) }],
      package: packageReport(content),
      documents: [...(isOriginal ? [{ name: title, mimeType, bytes: original }] : []), ...documents],
    };
  }

  async #pdf(bytes: Uint8Array, context: ProcessContext): Promise<Judged> {
    const signatures = await judgeAll(readPdfFile(bytes), context);
    const outer = signatures.find(({ indication, coversFile, changes = [] }) => {
      return indication === 'TOTAL-PASSED' && (coversFile === true || changes.length === 0);
    });
    const proof = outer && { at: outer.bestSignatureTime, by: 'the PDF around it' };
    const parts: { name: string; report: ValidationReport }[] = [];
    const documents: ExtractedDocument[] = [];
    const xml: XmlPart[] = [];
    for (const { name, mimeType = 'application/octet-stream', bytes: data } of readAttachments(bytes)) {
      documents.push({ name, mimeType, bytes: data });
      if (parts.length >= MAX_PARTS || detectFile(data).format !== 'LTV-SDO') continue;
      const part = await this.run(data, proof ?? context.proof);
      const prefix = partPrefix(parts.length);
      xml.push(...part.xml.map(({ bytes, ids }) => ({ bytes, ids: ids.map((id) => `${prefix}${id}`) })));
      parts.push({ name, report: part.report });
    }
    return { ...NOTHING, signatures, documents, parts, xml };
  }
}

const idsOf = (signatures: readonly SignatureReport[]): string[] => signatures.map(({ id }) => id);

async function judgeAll(
  facts: readonly SignatureFacts[],
  context: ProcessContext,
): Promise<SignatureReport[]> {
  const reports: SignatureReport[] = [];
  for (const [index, one] of facts.entries()) {
    reports.push(await judgeSignature(one, `signature-${index + 1}`, context));
  }
  return reports;
}

function ownContent(message: Parameters<typeof requireOwnContent>[0], content: LtvSdoContent): Finding {
  try {
    requireOwnContent(message, content);
    return passed('constraints', 'package', 'signer and document are those that the package names');
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID')) throw error;
    return failed('constraints', 'package', 'SIG_CONSTRAINTS_FAILURE', String(error.params['why']));
  }
}

function packageReport(content: LtvSdoContent): PackageReport {
  const { document, signer, signature, native, creationAuditTrail, verificationAuditTrail } = content;
  const trail = [...creationAuditTrail, ...verificationAuditTrail];
  return {
    title: document.title,
    mimeType: document.mimeType,
    documentSha256: hex(document.sha256),
    signer: signer.displayName,
    signingTime: native.signingTime,
    signatureType: signature.typeFriendlyName,
    trail: trail.sort((a, b) => a.at.getTime() - b.at.getTime()),
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const reasonOf = (error: SeglError): string => String(error.params['why'] ?? error.text);

const describe = ({ name, mimeType, bytes }: ExtractedDocument): DocumentReport => ({
  name,
  mimeType,
  bytes: bytes.length,
  sha256: sha256(bytes),
});
