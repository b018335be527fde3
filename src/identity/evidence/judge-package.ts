/** Judges an LTV-SDO: its seal, then what is inside at the time that the seal vouches for. */
import { NATIVE_WSD, type WsdContent } from './wsd/content.ts';
import { sha256, type ExtractedDocument } from '@segl/ades/validation/documents';
import { failed, NO_EVIDENCE, type SignatureFacts } from '@segl/ades/validation/facts';
import { idsOf, NOTHING, type Judged } from '@segl/ades/validation/judged';
import { judgeSignature, type ProcessContext } from '@segl/ades/validation/process';
import { packageReport, readPackageFile } from './read-ltv-sdo.ts';
import { readPackagedWsd, readWsdLogin } from './read-wsd.ts';
import type { SignatureReport } from '@segl/ades/validation/reports/report';
import type { XmlPart } from '@segl/ades/validation/second-opinion';
import type { FormatReader } from '@segl/ades/validation/readers/format-reader';
import { LTV_SDO_MEDIA_TYPE, type LtvSdoContent } from './ltvsdo/content.ts';
import type { KnownMethods } from './methods.ts';
import type { Problem } from '@segl/problem/problem';
import { identityProblems } from '../problems.ts';

/** Reads LTV-SDOs. */
export const packageReader = (methods: KnownMethods): FormatReader => ({
  format: 'LTV-SDO',
  title: 'LTV-SDO',
  mediaType: LTV_SDO_MEDIA_TYPE,
  isPackage: true,
  recognises: ({ root }) => /^(\w+:)?LtvSdo$/.test(root),
  judge: (bytes, context) => judgePackage(bytes, methods, context),
});

/** Throws XML_INVALID when it cannot be read at all. */
async function judgePackage(
  bytes: Uint8Array,
  methods: KnownMethods,
  context: ProcessContext,
): Promise<Judged> {
  const { seal, content } = readPackageFile(bytes);
  const sealed = await judgeSignature(seal, 'signature-1', context);
  const outer: XmlPart = { bytes, ids: idsOf([sealed]) };
  if (!content) return { ...NOTHING, signatures: [sealed], xml: [outer] };
  const judge = content.native.format === NATIVE_WSD.format ? judgeWitnessed : judgeNative;
  const { signatures, xml, documents } = await judge(content, sealed, methods, context);
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
  methods: KnownMethods,
  context: ProcessContext,
): Promise<Inside> {
  const { bytes, signingTime } = content.native;
  const inner = vouchedBy(sealed, identityProblems.of('proof/seal'), signingTime, context);
  const read = methods.readNative(content, inner.proof?.at ?? context.now);
  if (!read)
    return { signatures: [await judgeSignature(UNKNOWN, 'signature-2', inner)], xml: [], documents: [] };
  const native = await judgeSignature({ ...read.facts, claimedTime: signingTime }, 'signature-2', inner);
  const xml = read.isXml ? [{ bytes, ids: idsOf([native]) }] : [];
  return { signatures: [native], xml, documents: read.documents };
}

/** What no method that is known here can judge: never valid. */
const UNKNOWN: SignatureFacts = {
  format: 'unknown',
  findings: [
    failed('format', 'message', 'FORMAT_FAILURE', identityProblems.of('evidence/native-format-unknown')),
  ],
  certificates: [],
  algorithms: [],
  stamps: [],
  evidence: NO_EVIDENCE,
  role: 'native',
  freshness: 'fresh',
};

/** The WSD's own seal, then the login that it vouches for. */
async function judgeWitnessed(
  content: LtvSdoContent,
  sealed: SignatureReport,
  methods: KnownMethods,
  context: ProcessContext,
): Promise<Inside> {
  const { seal, wsd } = readPackagedWsd(content, context.anchors.seal, methods.registry);
  const inner = vouchedBy(sealed, identityProblems.of('proof/seal'), seal.claimedTime, context);
  const witness = await judgeSignature(seal, 'signature-2', inner);
  const xml: XmlPart = { bytes: content.native.bytes, ids: idsOf([witness]) };
  const facts = wsd && readWsdLogin(wsd, content, methods);
  if (!wsd?.login || !facts) return { signatures: [witness], xml: [xml], documents: [] };
  const { message, receivedAt } = wsd.login;
  const innermost = vouchedBy(witness, identityProblems.of('proof/witness-seal'), receivedAt, inner);
  const login = await judgeSignature(facts, 'signature-3', innermost);
  return {
    signatures: [witness, login],
    // a second opinion can be had on what is XML
    xml: isXmlLogin(wsd, methods) ? [xml, { bytes: message, ids: idsOf([login]) }] : [xml],
    documents: [],
  };
}

const isXmlLogin = ({ statement, login }: WsdContent, { registry }: KnownMethods): boolean =>
  /xml/.test(registry.login(statement.method, login?.message)?.mimeType ?? '');
