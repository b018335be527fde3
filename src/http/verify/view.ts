/** A validation as the Viewer shows it: in words of the reader's language, with a colour for the whole. */
import type {
  Check,
  Conclusion,
  MainIndication,
  SignatureReport,
  ValidationReport,
} from '../../validation/report.ts';
import type { Validation } from '../../validation/validate.ts';
import type { Language, Translate } from '../portal/texts.ts';

export type Colour = 'good' | 'doubtful' | 'bad';

const COLOURS: Readonly<Record<MainIndication, Colour>> = {
  'TOTAL-PASSED': 'good',
  INDETERMINATE: 'doubtful',
  'TOTAL-FAILED': 'bad',
};

/** Documents that go into the page itself, so that nothing has to be stored. */
export const MAX_INLINE = 16 << 20;

const INLINE_TYPES: ReadonlySet<string> = new Set([
  'application/pdf',
  'text/plain',
  'application/xml',
  'application/x-ltv-sdo',
]);

export function viewReport(
  { report, documents, name }: Validation & { readonly name: string },
  language: Language,
  t: Translate,
) {
  const time = timeWriter(language);
  let room = MAX_INLINE;
  return {
    ...viewFile(report, t, time),
    name,
    sha256: report.sha256,
    validatedAt: time(report.validatedAt),
    parts: report.parts.map((part) => ({ name: part.name, ...viewFile(part.report, t, time) })),
    documents: documents.map((document) => {
      const size = document.bytes.length;
      const fits = size <= room;
      if (fits) room -= size;
      const [type = ''] = document.mimeType.split(';');
      const media = INLINE_TYPES.has(type) ? type : 'application/octet-stream';
      return {
        name: document.name,
        mimeType: document.mimeType,
        size: size < 1024 ? `${size} B` : `${Math.ceil(size / 1024)} kB`,
        href: fits ? `data:${media};base64,${Buffer.from(document.bytes).toString('base64')}` : undefined,
      };
    }),
  };
}

function viewFile(report: ValidationReport, t: Translate, time: (at: Date) => string) {
  return {
    format: report.format,
    colour: COLOURS[report.indication],
    conclusion: said(report),
    why: whyText(report, t),
    problem: report.problem,
    about: report.package && {
      title: report.package.title,
      signer: report.package.signer,
      at: time(report.package.signingTime),
      trail: report.package.trail.map(({ at, type, data }) => ({ at: time(at), type, data })),
    },
    signatures: report.signatures.map((one) => viewSignature(one, t, time)),
  };
}

function viewSignature(one: SignatureReport, t: Translate, time: (at: Date) => string) {
  return {
    colour: COLOURS[one.indication],
    conclusion: said(one),
    why: whyText(one, t),
    format: one.level === undefined ? one.format : `${one.format}, ${t('verify.level')} ${one.level}`,
    signer: one.signer ?? t('verify.unknown'),
    subject: one.path[0]?.subject,
    claimed: one.claimedTime && time(one.claimedTime),
    proven: time(one.bestSignatureTime),
    proof: proofText(one.proof, t),
    path: one.path.map(({ commonName, status, isTrustAnchor }) => ({
      name: commonName,
      status: isTrustAnchor
        ? t('verify.anchor')
        : status
          ? t(`verify.status.${status.status}`, { source: status.source.toUpperCase() })
          : '',
    })),
    checks: one.checks.map((check) => ({ ...check, mark: t(`verify.check.${check.outcome}`) })),
    problems: one.checks.filter(({ outcome }) => outcome === 'failed' || outcome === 'warning').map(words),
    timestamps: one.timestamps.map((stamp) => ({
      name: stamp.name,
      colour: COLOURS[stamp.indication],
      conclusion: said(stamp),
      at: stamp.time && time(stamp.time),
      authority: stamp.authority ?? t('verify.unknown'),
    })),
    changes: one.changes ?? [],
    secondOpinion: one.secondOpinion && {
      by: one.secondOpinion.by,
      outcome: t(`verify.second.${one.secondOpinion.outcome}`),
      detail: one.secondOpinion.detail,
    },
  };
}

/** What proves a time, in words of ours; the names of time-stamps stay as they are. */
const PROOFS: Readonly<Record<string, string>> = {
  'the moment of validation': 'now',
  'the seal': 'seal',
  'the PDF around it': 'pdf',
  'its own time': 'own',
};

function proofText(proof: string, t: Translate): string {
  const known = PROOFS[proof];
  return known === undefined ? proof : t(`verify.proof.${known}`);
}

const words = ({ detail, check }: Check): string => detail ?? check;

const said = ({ indication, subIndication }: Conclusion): string =>
  subIndication ? `${indication} / ${subIndication}` : indication;

/** The sub-indications that have a text of their own; all others share one. */
export const explainedIndications = [
  'FORMAT_FAILURE',
  'HASH_FAILURE',
  'SIG_CRYPTO_FAILURE',
  'NOT_YET_VALID',
  'SIG_CONSTRAINTS_FAILURE',
  'CHAIN_CONSTRAINTS_FAILURE',
  'CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
  'NO_SIGNING_CERTIFICATE_FOUND',
  'NO_CERTIFICATE_CHAIN_FOUND',
  'REVOKED_NO_POE',
  'OUT_OF_BOUNDS_NO_POE',
  'TRY_LATER',
  'SIGNED_DATA_NOT_FOUND',
] as const;

function whyText({ subIndication }: Conclusion, t: Translate): string {
  if (!subIndication) return t('verify.why.passed');
  const explained = explainedIndications.find((one) => one === subIndication);
  return t(`verify.why.${explained ?? 'other'}`);
}

function timeWriter(language: Language): (at: Date) => string {
  const format = new Intl.DateTimeFormat(language === 'da' ? 'da-DK' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'medium',
    timeZone: 'Europe/Copenhagen',
  });
  return (at) => format.format(at);
}
