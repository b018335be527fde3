/** Makes the PDFs that leave the service: signed documents with their packages, and documents that are only sealed. */
import type { LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { attachmentsOnlyPdf } from '../../documents/page/attachments-only.ts';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { raisePades } from '@segl/ades/pades/levels';
import { addSignature, type PadesInput } from '@segl/ades/pades/sign';
import { PdfDocument } from '@segl/ades/pdf/document';
import { permittedAdditions } from '@segl/ades/pdf/changes/permissions';
import type { FontSet } from '../../documents/page/text/fonts.ts';
import { renderSignaturePage } from '../../documents/page/signature-page.ts';
import type {
  PageHandwriting,
  PageSigner,
  SignaturePageData,
} from '../../documents/page/signature-page-data.ts';
import { loadTemplate, type Language } from '../../documents/page/template/template.ts';
import { textToPdf, undrawable } from '../../documents/page/text-document.ts';
import type { LongTermServices } from '@segl/pki/tsp/long-term-services';
import type { AlgorithmCalendar } from '@segl/pki/algorithms/algorithm-constraints';
import type { Timestamper } from '@segl/pki/algorithms/signing-key';
import { textOf } from '@segl/identity/shown-text';
import { readPath, type Handwriting } from '@segl/identity/handwriting';
import { addDays } from '../../domain/lifecycle/lifecycle.ts';
import type { PackagingMethod } from '../../domain/order/packaging-methods.ts';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { longTermServices } from '@segl/pki/tsp/long-term';
import type { Db } from '../../adapters/postgres/database.ts';
import { insertArchived, insertSds, type SdsRow } from '../../adapters/postgres/sds.ts';
import { verifyEvidencePdf, type VerifiedPackage } from '@segl/identity/evidence/verify';
import { LTV_SDO_MEDIA_TYPE, type PackagingContext } from './package-task.ts';
import { eventsOf, profileLogo } from './signature-page-content.ts';
import { serverProblems } from '../../problems.ts';

export const PADES_MEDIA_TYPE = 'application/x-pades';
const TIME_ZONE = 'Europe/Copenhagen';

export interface PdfContext extends PackagingContext {
  readonly timestamper: Timestamper;
  /** Until when algorithms are relied on. */
  readonly algorithms: AlgorithmCalendar;
  /** What signature pages are set in. */
  readonly fonts: FontSet;
  /** Where the paths of time-stamps must end, DER. */
  readonly tsaAnchors: readonly Uint8Array[];
}

/** A document as it was signed. Documents are told apart by their digest. */
export interface Original {
  readonly title: string;
  readonly contentType: string;
  /** Hex. */
  readonly sha256: string;
  /** To which nothing has been added yet. */
  readonly file: IncrementalFile;
}

/** An LTV-SDO, and what was found when it was verified. */
export interface OpenedPackage {
  readonly bytes: Uint8Array;
  readonly verified: VerifiedPackage;
}

export interface SignedDocuments {
  readonly language: Language;
  /** Of the order that all packages come from. */
  readonly requestId?: string;
  /** Graphical profile of that order. */
  readonly profile?: string;
  /** In the order in which they are listed. */
  readonly originals: readonly Original[];
  /** In the order in which the signers are listed; each is about one of the originals. */
  readonly packages: readonly OpenedPackage[];
}

/** The languages of signature pages; an order may name others. */
export const pageLanguage = (asked: string | undefined): Language =>
  (asked ?? 'da').startsWith('en') ? 'en' : 'da';

export const digestOf = ({ document }: LtvSdoContent): string => Buffer.from(document.sha256).toString('hex');

/**
 * The PAdES of signed documents. One PDF document: its own bytes, then the signature pages. A text: the same on a
 * rendering of it, with the text attached. Several documents: the signature pages alone, with every document attached
 * as it was signed, because none of them can be rewritten and their pages may not mean the same outside their files.
 * So it is with a document whose author certified it: as an attachment it stays what was certified. The packages are always
 * attached.
 */
export async function makePdf(
  context: PdfContext,
  { level, template }: Extract<PackagingMethod, { format: 'PAdES' }>,
  signed: SignedDocuments,
): Promise<Uint8Array> {
  const { originals, packages } = signed;
  const alone = originals.length === 1 && takesPages(originals[0]!) ? originals[0] : undefined;
  const title = originals.map((original) => original.title).join(' · ');
  const sealedAt = context.clock.now();
  const files = originals.map((original, index) => ({ original, name: fileName(original, index + 1) }));
  const attached = files.filter(({ original }) => !(alone && isPdf(original)));
  const nameOf = new Map(attached.map(({ original, name }) => [original.sha256, name]));
  const placeOf = new Map(originals.map(({ sha256 }, index) => [sha256, index]));
  const logo = await profileLogo(context, signed.profile);
  const look = await loadTemplate(template, context.config.templatesDir);
  const data: SignaturePageData = {
    language: signed.language,
    title,
    ...(signed.requestId !== undefined && { requestId: signed.requestId }),
    documents: originals.map((original) => ({
      title: original.title,
      sha256: original.sha256,
      mimeType: original.contentType,
      ...(nameOf.has(original.sha256) && { attachedAs: nameOf.get(original.sha256)! }),
    })),
    documentsAside: !alone,
    signers: packages.map(({ verified: { content, ...verified } }) => ({
      ...signerOf(content, verified),
      signedAt: content.signature.signingTime,
      nationalIdVerified: content.signer.nationalId !== undefined,
      documentIndex: placeOf.get(digestOf(content)) ?? 0,
    })),
    events: eventsOf(packages, placeOf),
    verifyUrl: `${context.config.publicUrl}/verify`,
    ...(logo && { logo }),
    sealedBy: sealerOf(context),
    sealedAt,
    timeZone: TIME_ZONE,
  };
  const page = renderSignaturePage(look, data, context.fonts);
  if (page.missing.length > 0) {
    context.log.warn(
      { scripts: page.missing, ...(signed.requestId !== undefined && { requestId: signed.requestId }) },
      'no font has these scripts: boxes stand for them on a signature page; add a font to FONTS_DIR',
    );
  }
  return sealPdf(context, {
    level,
    file: alone
      ? asPdf(context, alone)
      : IncrementalFile.of(attachmentsOnlyPdf({ title, language: signed.language })),
    page,
    attachments: [
      ...attached.map(({ original, name }) => ({
        name,
        description: original.title,
        mimeType: mediaTypeOf(original),
        bytes: original.file.bytes,
        modified: sealedAt,
      })),
      ...packages.map(({ bytes, verified: { content, seal } }, index) => ({
        name: `ltv-sdo-${index + 1}.xml`,
        description: `LTV-SDO: ${content.signer.displayName}`,
        mimeType: LTV_SDO_MEDIA_TYPE,
        bytes,
        modified: seal.signingTime,
      })),
    ],
    signingTime: sealedAt,
  });
}

/**
 * Seals a PDF at `level` (B-LTA when left out) and verifies the result completely. Without `page` nothing is added that can
 * be seen. Throws what signing, the time-stamp authority, revocation and verifyEvidencePdf throw.
 */
export async function sealPdf(
  context: PdfContext,
  {
    file,
    level = 'LTA',
    ...input
  }: Pick<PadesInput, 'page' | 'attachments' | 'signingTime'> & {
    /** Grows by it. */
    readonly file: IncrementalFile;
    readonly level?: 'T' | 'LT' | 'LTA';
  },
): Promise<Uint8Array> {
  const { seal, timestamper, tsaAnchors } = context;
  await addSignature(file, { ...input, key: seal.key, signerName: sealerOf(context), timestamper });
  if (level !== 'T') await raisePades(file, level, longTermOf(context));
  const verified = verifyEvidencePdf(file.bytes, { sealAnchors: seal.anchors, tsaAnchors });
  if (verified.level !== level)
    throw serverProblems.error('EVIDENCE_INVALID', {
      why: serverProblems.of('evidence/other-level', { level: verified.level }),
    });
  return file.bytes;
}

/** Who vouches for the seal and its time-stamps. */
export const longTermOf = ({
  seal,
  timestamper,
  tsaAnchors,
  revocation,
  clock,
}: PdfContext): LongTermServices =>
  longTermServices({ anchors: seal.anchors, timestamp: timestamper, tsaAnchors, revocation, clock });

/** Gives evidence that is in the blob store its id in session data storage or in the archive. */
export async function storeEvidence(
  tx: Db,
  { config }: Pick<PdfContext, 'config'>,
  kind: 'sds' | 'archive',
  evidence: SdsRow & { readonly service: string; readonly createdAt: Date },
): Promise<void> {
  if (kind === 'archive') await insertArchived(tx, evidence);
  else await insertSds(tx, { ...evidence, expiresAt: addDays(evidence.createdAt, config.sdsDays) });
}

/** Who signed and how. By hand alone nobody was identified: the package has a transaction in place of an identifier. */
function signerOf(
  { signer, signature }: LtvSdoContent,
  { witnessed, handwriting, ownWord }: Pick<VerifiedPackage, 'witnessed' | 'handwriting' | 'ownWord'>,
): Pick<PageSigner, 'name' | 'method' | 'identifier' | 'byLogin' | 'ownWord' | 'handwriting'> {
  const identified = witnessed?.login !== false;
  return {
    name: signer.displayName,
    method: identified ? signature.typeFriendlyName : '',
    identifier: identified ? signer.uniqueId : '',
    ...(witnessed?.login && { byLogin: true }),
    ...(ownWord && { ownWord }),
    ...(handwriting && { handwriting: onPage(handwriting) }),
  };
}

const onPage = ({ kind, text }: Handwriting): PageHandwriting =>
  kind === 'typed' ? { typed: text } : { strokes: readPath(text) ?? [] };

const sealerOf = ({ seal }: PdfContext): string => parseCertificate(seal.key.certificate).commonName;

const mediaTypeOf = ({ contentType }: Original): string =>
  (contentType.split(';')[0] ?? '').trim().toLowerCase();

const isPdf = (original: Original): boolean => mediaTypeOf(original) === 'application/pdf';

const takesPages = (original: Original): boolean =>
  !isPdf(original) || permittedAdditions(PdfDocument.open(original.file.bytes)) === 'all';

const fileName = (original: Original, number: number): string =>
  `document-${number}.${isPdf(original) ? 'pdf' : 'txt'}`;

function asPdf({ fonts, log }: PdfContext, original: Original): IncrementalFile {
  const { file, contentType, title, sha256 } = original;
  if (isPdf(original)) return file;
  const text = textOf(title, contentType, file.bytes);
  // orders with such a text are refused, but fonts may be taken away after that
  const missing = undrawable(text, fonts);
  if (missing.length > 0)
    log.warn(
      { sha256, characters: missing.length },
      'no font has characters of a text: boxes stand for them',
    );
  return IncrementalFile.of(textToPdf(text, { title, fonts }));
}
