/** Judges an LTV-SDO: its seal, then what is inside at the time that the seal vouches for. */
import { NATIVE_WSD } from './wsd/content.ts';
import { sha256, type ExtractedDocument } from '@segl/ades/validation/documents';
import type { SignatureFacts } from '@segl/ades/validation/facts';
import { idsOf, NOTHING, type Judged } from '@segl/ades/validation/judged';
import { judgeSignature, type ProcessContext } from '@segl/ades/validation/process';
import { ownContent, packageReport, readPackageFile } from './read-ltv-sdo.ts';
import { readNativeFile } from '../methods/nemid/read-native.ts';
import { readPackagedWsd, readWsdLogin } from './read-wsd.ts';
import type { SignatureReport } from '@segl/ades/validation/report';
import type { XmlPart } from '@segl/ades/validation/second-opinion';
import type { FormatReader } from '@segl/ades/validation/format-reader';
import { LTV_SDO_MEDIA_TYPE, type LtvSdoContent } from './ltvsdo/content.ts';
import type { EvidenceTrust } from './trust.ts';
import type { Problem } from '@segl/problem/problem';
import { identityProblems } from '../problems.ts';

/** Reads LTV-SDOs. */
export const packageReader = (trust: EvidenceTrust): FormatReader => ({
  format: 'LTV-SDO',
  title: 'LTV-SDO',
  mediaType: LTV_SDO_MEDIA_TYPE,
  isPackage: true,
  recognises: ({ root }) => /^(\w+:)?LtvSdo$/.test(root),
  judge: (bytes, context) => judgePackage(bytes, trust, context),
});

/** Throws XML_INVALID when it cannot be read at all. */
async function judgePackage(
  bytes: Uint8Array,
  trust: EvidenceTrust,
  context: ProcessContext,
): Promise<Judged> {
  const { seal, content } = readPackageFile(bytes);
  const sealed = await judgeSignature(seal, 'signature-1', context);
  const outer: XmlPart = { bytes, ids: idsOf([sealed]) };
  if (!content) return { ...NOTHING, signatures: [sealed], xml: [outer] };
  const judge = content.native.format === NATIVE_WSD.format ? judgeWitnessed : judgeNative;
  const { signatures, xml, documents } = await judge(content, sealed, trust, context);
  const original = content.native.originalDocument;
  const { mimeType, title } = content.document;
  const told = packageReport(content);
  const isOriginal = original && sha256(original) === told.documentSha256;
  const beside = isOriginal ? [{ name: title, mimeType, bytes: original, role: 'signed' as const }] : [];
  return {
    ...NOTHING,
    signatures: [sealed, ...signatures],
    xml: [outer, ...xml],
    package: told,
    documents: [...beside, ...documents],
  };
}

type Inside = Pick<Judged, 'signatures' | 'xml'> & { readonly documents: readonly ExtractedDocument[] };

/**
 * With the time that a seal vouches for, as long as the seal holds: it is its maker's word for when that which it covers was
 * there.
 */
function vouchedBy(
  seal: SignatureReport,
  by: Problem,
  at: Date | undefined,
  context: ProcessContext,
): ProcessContext {
  const isVouched = seal.indication === 'TOTAL-PASSED' && at !== undefined && at <= context.now;
  return isVouched ? { ...context, proof: { at, by } } : context;
}

async function judgeNative(
  content: LtvSdoContent,
  sealed: SignatureReport,
  { environment, more }: EvidenceTrust,
  context: ProcessContext,
): Promise<Inside> {
  const { bytes, signingTime, validation } = content.native;
  const inner = vouchedBy(sealed, identityProblems.of('proof/seal'), signingTime, context);
  const at = inner.proof?.at ?? context.now;
  const { facts, message, documents } = readNativeFile(bytes, environment, at, validation, more);
  const own = message ? [ownContent(message, content)] : [];
  const whole: SignatureFacts = {
    ...facts,
    findings: [...facts.findings, ...own],
    claimedTime: signingTime,
  };
  const native = await judgeSignature(whole, 'signature-2', inner);
  return { signatures: [native], xml: [{ bytes, ids: idsOf([native]) }], documents };
}

/** The WSD's own seal, then the login that it vouches for. */
async function judgeWitnessed(
  content: LtvSdoContent,
  sealed: SignatureReport,
  { environment, more }: EvidenceTrust,
  context: ProcessContext,
): Promise<Inside> {
  const { seal, wsd } = readPackagedWsd(content, context.anchors.seal);
  const inner = vouchedBy(sealed, identityProblems.of('proof/seal'), seal.claimedTime, context);
  const witness = await judgeSignature(seal, 'signature-2', inner);
  const xml: XmlPart = { bytes: content.native.bytes, ids: idsOf([witness]) };
  const facts = wsd && readWsdLogin(wsd, environment, more);
  if (!wsd?.login || !facts) return { signatures: [witness], xml: [xml], documents: [] };
  const { message, receivedAt } = wsd.login;
  const innermost = vouchedBy(witness, identityProblems.of('proof/witness-seal'), receivedAt, inner);
  const login = await judgeSignature(facts, 'signature-3', innermost);
  return {
    signatures: [witness, login],
    xml: [xml, { bytes: message, ids: idsOf([login]) }],
    documents: [],
  };
}
