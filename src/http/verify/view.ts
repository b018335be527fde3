/** A validation as the Viewer shows it: in words of the reader's language, with a colour for the whole. */
import { timeText } from '../../ades/pades/page/time-text.ts';
import type {
  Conclusion,
  MainIndication,
  SignatureFormat,
  SignatureReport,
  ValidationReport,
} from '../../validation/report.ts';
import type { Validation } from '../../validation/validate.ts';
import type { Language, Translate } from '../portal/texts.ts';
import type { CheckWords } from './check-words.ts';

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

/** Where the service is at home; times are told with their zone. */
const TIME_ZONE = 'Europe/Copenhagen';

/** What the pages are written with. */
interface Writer {
  readonly t: Translate;
  readonly time: (at: Date) => string;
  readonly words: CheckWords;
}

export function viewReport(
  { report, documents, name }: Validation & { readonly name: string },
  language: Language,
  t: Translate,
  words: CheckWords,
) {
  const writer = { t, words, time: (at: Date) => timeText(at, language, TIME_ZONE) };
  let room = MAX_INLINE;
  return {
    ...viewFile(report, writer),
    name,
    sha256: report.sha256,
    validatedAt: writer.time(report.validatedAt),
    signers: signersOf(report).map((one) => viewSigner(one, writer)),
    parts: report.parts.map((part) => ({ name: part.name, ...viewFile(part.report, writer) })),
    documents: documents.map((document) => {
      const size = document.bytes.length;
      const fits = size <= room;
      if (fits) room -= size;
      const [type = ''] = document.mimeType.split(';');
      const media = INLINE_TYPES.has(type) ? type : 'application/octet-stream';
      return {
        name: document.name,
        role:
          document.within === undefined
            ? t(`verify.role.${document.role}`)
            : t('verify.role.inside', { within: document.within }),
        mimeType: document.mimeType,
        size: size < 1024 ? `${size} B` : `${Math.ceil(size / 1024)} kB`,
        href: fits ? `data:${media};base64,${Buffer.from(document.bytes).toString('base64')}` : undefined,
      };
    }),
  };
}

/** Who stands behind a file: people first, then seals; a time-stamp only where there is nothing else. */
const RANKS: Readonly<Partial<Record<SignatureFormat, number>>> = {
  NemID: 0,
  'LTV-SDO seal': 2,
  'document time-stamp': 3,
};

const rankOf = ({ format }: SignatureReport): number => RANKS[format] ?? 1;

/** Every person and organisation that signed, in the file itself or in its parts, oldest first. */
function signersOf(report: ValidationReport): SignatureReport[] {
  const all = [
    report,
    ...report.parts.flatMap(({ report: part }) => [part, ...part.parts.map((one) => one.report)]),
  ]
    .flatMap(({ signatures }) => signatures)
    .filter(({ format }) => format !== 'document time-stamp' && format !== 'LTV-SDO seal');
  const madeAt = ({ claimedTime, bestSignatureTime }: SignatureReport): number =>
    (claimedTime ?? bestSignatureTime).getTime();
  return all.sort((a, b) => rankOf(a) - rankOf(b) || madeAt(a) - madeAt(b));
}

const viewSigner = (one: SignatureReport, { t, time }: Writer) => ({
  colour: COLOURS[one.indication],
  name: one.signer ?? t('verify.unknown'),
  kind: kindText(one, t),
  at: time(one.claimedTime ?? one.bestSignatureTime),
});

function viewFile(report: ValidationReport, writer: Writer) {
  const { t, time } = writer;
  const isUnreadable = report.problem !== undefined && !report.unjudged;
  return {
    format: report.format === 'unknown' ? undefined : report.format,
    colour: COLOURS[report.indication],
    verdict: t(
      `verify.verdict.${report.unjudged ?? (isUnreadable ? 'unreadable' : COLOURS[report.indication])}`,
    ),
    conclusion: report.unjudged ? undefined : said(report),
    why: report.unjudged
      ? t(`verify.why.${report.unjudged}`)
      : isUnreadable
        ? t('verify.why.unreadable')
        : whyText(report, t),
    problem:
      report.problem !== undefined && report.unjudged !== 'no-signature' && report.unjudged !== 'encrypted'
        ? t(report.unjudged ? 'verify.problem.kind' : 'verify.problem', {
            why: writer.words.detail(report.problem, time),
          })
        : undefined,
    about: report.package && {
      title: report.package.title,
      signer: report.package.signer,
      at: time(report.package.signingTime),
      trail: report.package.trail.map(({ at, type, data }) => ({ at: time(at), type, data })),
    },
    signatures: [...report.signatures]
      .sort((a, b) => rankOf(a) - rankOf(b))
      .map((one) => viewSignature(one, writer)),
  };
}

function viewSignature(one: SignatureReport, { t, time, words }: Writer) {
  const checks = one.checks.map((check) => ({
    ...check,
    mark: t(`verify.check.${check.outcome}`),
    name: words.name(check),
    detail: check.detail && words.detail(check.detail, time),
  }));
  return {
    colour: COLOURS[one.indication],
    conclusion: said(one),
    why: whyText(one, t),
    kind: kindText(one, t),
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
    checks,
    problems: checks
      .filter(({ outcome }) => outcome === 'failed' || outcome === 'warning')
      .map(({ name, detail }) => detail ?? name),
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
      detail: one.secondOpinion.detail && words.detail(one.secondOpinion.detail, time),
    },
  };
}

/** What it is to a reader who knows no formats. */
function kindText({ format }: SignatureReport, t: Translate): string {
  const kind =
    format === 'LTV-SDO seal' ? 'seal' : format === 'document time-stamp' ? 'time-stamp' : 'signature';
  return t(`verify.kind.${kind}`);
}

/** What proves a time, in words of ours; the names of time-stamps stay as they are. */
const PROOFS: Readonly<Record<string, string>> = {
  'the moment of validation': 'now',
  'the seal': 'seal',
  'the PDF around it': 'pdf',
  'the container around it': 'container',
  'its own time': 'own',
};

function proofText(proof: string, t: Translate): string {
  const known = PROOFS[proof];
  return known === undefined ? proof : t(`verify.proof.${known}`);
}

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
