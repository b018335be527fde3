/** A validation as the Viewer shows it: in words of the reader's language, with a colour for the whole. */
import type { Catalogue as ProblemTexts } from '@segl/problem/catalogue';
import { timeText } from '../../documents/page/time-text.ts';
import type { Problem } from '@segl/problem/problem';
import type {
  Check,
  Conclusion,
  MainIndication,
  SignatureFormat,
  SignatureReport,
  Tell,
  ValidationReport,
  WitnessedReport,
} from '@segl/ades/validation/reports/report';
import { worstOf } from '@segl/ades/validation/reports/report';
import type { Validation } from '@segl/ades/validation/validate';
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

/** Where the service is at home; times are told with their zone. */
const TIME_ZONE = 'Europe/Copenhagen';

/** What the pages are written with. */
interface Writer {
  readonly t: Translate;
  readonly time: (at: Date) => string;
  /** What was found, with its times as the page writes them. */
  readonly tell: Tell;
}

export function viewReport(
  { report, documents, name }: Validation & { readonly name: string },
  language: Language,
  t: Translate,
  problems: ProblemTexts,
) {
  const time = (at: Date): string => timeText(at, language, TIME_ZONE);
  const tell: Tell = (problem) => problems.text(problem, language, { instant: time });
  const writer: Writer = { t, tell, time };
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

/**
 * Who stands behind a file: people first, then seals; a time-stamp only where there is nothing else. Formats that are no
 * standard's and not ours are those in which people sign with an eID.
 */
const RANKS: Readonly<Partial<Record<SignatureFormat, number>>> = {
  ...{ XAdES: 1, XMLDSig: 1, PAdES: 1, PDF: 1, CAdES: 1, CMS: 1 },
  'WSD seal': 1,
  'LTV-SDO seal': 2,
  'document time-stamp': 3,
};

const rankOf = ({ format }: SignatureReport): number => RANKS[format] ?? 0;

/** Methods name the format of a log-on that was kept as `… login`. */
const isLogin = ({ format }: SignatureReport): boolean => format.endsWith(' login');

/** Seals and logins stand behind what a person signed; they are no signers of their own. */
const isBehind = (one: SignatureReport): boolean =>
  isLogin(one) || one.format === 'document time-stamp' || one.format === 'LTV-SDO seal';

interface Signer {
  readonly signature: SignatureReport;
  /** Of the signature, and of the login that it rests on. */
  readonly conclusion: Conclusion;
}

/** Every person and organisation that signed, in the file itself or in its parts, oldest first. */
function signersOf(report: ValidationReport): Signer[] {
  const all = reportsIn(report).flatMap(({ signatures }) => {
    const logins = signatures.filter(isLogin);
    return signatures
      .filter((one) => !isBehind(one))
      .map((signature) => ({
        signature,
        conclusion: signature.format === 'WSD seal' ? worstOf([signature, ...logins]) : signature,
      }));
  });
  const rank = ({ signature }: Signer): number => (signature.format === 'WSD seal' ? 0 : rankOf(signature));
  return all.sort((a, b) => rank(a) - rank(b) || madeAt(a.signature) - madeAt(b.signature));
}

const reportsIn = (report: ValidationReport): ValidationReport[] => [
  report,
  ...report.parts.flatMap(({ report: part }) => [part, ...part.parts.map((one) => one.report)]),
];

const signedAt = ({ witnessed, claimedTime, bestSignatureTime }: SignatureReport): Date =>
  witnessed?.signedAt ?? claimedTime ?? bestSignatureTime;

const madeAt = (one: SignatureReport): number => signedAt(one).getTime();

/** The service that seals a WSD is its witness, not its signer. */
function viewSigner({ signature, conclusion }: Signer, { t, time }: Writer) {
  const { format, witnessed, signer } = signature;
  const name = format === 'WSD seal' ? witnessed?.signer : signer;
  return {
    colour: COLOURS[conclusion.indication],
    name: name ?? t('verify.unknown'),
    kind: witnessed ? t(`verify.witnessed.by.${witnessed.by}`) : kindText(signature, t),
    at: time(signedAt(signature)),
  };
}

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
        : whyText(report, t, isUnverified(report) ? 'unverified' : 'passed'),
    problem:
      report.problem && report.unjudged !== 'no-signature' && report.unjudged !== 'encrypted'
        ? t(report.unjudged ? 'verify.problem.kind' : 'verify.problem', {
            why: sentencePart(writer.tell(report.problem)),
          })
        : undefined,
    about: report.package && {
      title: report.package.title,
      signer: report.package.signer,
      at: time(report.package.signingTime),
      signerId: report.package.signerId,
      sha256: report.package.documentSha256,
      trail: report.package.trail.map(({ at, type, data }) => ({ at: time(at), type, data })),
    },
    signatures: [...report.signatures]
      .sort((a, b) => rankOf(a) - rankOf(b))
      .map((one) => viewSignature(one, writer)),
  };
}

function viewSignature(one: SignatureReport, writer: Writer) {
  const { t, time, tell } = writer;
  const checks = one.checks.map(({ problem, ...check }) => ({
    ...check,
    mark: t(`verify.check.${check.outcome}`),
    name: checkName(check, t),
    detail: problem && tell(problem),
  }));
  return {
    colour: COLOURS[one.indication],
    conclusion: said(one),
    why: whyText(one, t, passedText(one)),
    witnessed: one.witnessed && viewWitnessed(one.witnessed, writer),
    kind: kindText(one, t),
    format: one.level === undefined ? one.format : `${one.format}, ${t('verify.level')} ${one.level}`,
    signer: one.signer ?? t('verify.unknown'),
    subject: one.path[0]?.subject,
    claimed: one.claimedTime && time(one.claimedTime),
    proven: time(one.bestSignatureTime),
    proof: proofText(one.proof, writer),
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
    changes: (one.changes ?? []).map(tell),
    secondOpinion: one.secondOpinion && {
      by: one.secondOpinion.by,
      outcome: t(`verify.second.${one.secondOpinion.outcome}`),
      detail: one.secondOpinion.problem && tell(one.secondOpinion.problem),
    },
  };
}

/** What the service says that it witnessed, and whose word the name is. */
function viewWitnessed(told: WitnessedReport, { t, time }: Writer) {
  const { handwriting } = told;
  return {
    signer: told.signerId === undefined ? told.signer : `${told.signer} (${told.signerId})`,
    how: t(`verify.witnessed.how.${told.by}`),
    name: t(`verify.witnessed.name.${told.nameFrom}`),
    at: time(told.signedAt),
    signText: told.signText,
    language: told.language,
    document: told.title,
    sha256: told.documentSha256,
    drawing: handwriting?.kind === 'drawn' ? handwriting.text : undefined,
    typed: handwriting?.kind === 'typed' ? handwriting.text : undefined,
  };
}

const isByHand = ({ witnessed }: SignatureReport): boolean => witnessed?.by === 'handwriting';

/** Whether it rests on a name that nobody verified. */
const isUnverified = (report: ValidationReport): boolean =>
  reportsIn(report).some(({ signatures }) => signatures.some(isByHand));

/** A seal tells nothing of whether those who signed are known. */
function passedText(one: SignatureReport): string {
  if (isByHand(one)) return 'unverified';
  return one.format === 'LTV-SDO seal' || one.format === 'WSD seal' ? 'sealed' : 'passed';
}

const KINDS: Readonly<Partial<Record<SignatureFormat, string>>> = {
  'LTV-SDO seal': 'seal',
  'document time-stamp': 'time-stamp',
  'WSD seal': 'witness',
};

/** What it is to a reader who knows no formats. */
const kindText = (one: SignatureReport, t: Translate): string =>
  t(`verify.kind.${isLogin(one) ? 'login' : (KINDS[one.format] ?? 'signature')}`);

/** What proves a time, in words of ours; the names of time-stamps stay as they are. */
const PROOFS: Readonly<Record<string, string>> = {
  'proof/validation': 'now',
  'proof/seal': 'seal',
  'proof/witness-seal': 'witness',
  'proof/pdf': 'pdf',
  'proof/container': 'container',
  'proof/own-time': 'own',
};

function proofText(proof: Problem, { t, tell }: Writer): string {
  const known = PROOFS[proof.code];
  return known === undefined ? tell(proof) : t(`verify.proof.${known}`);
}

/** What a check is about, in a few words: by its block where that makes a difference. */
export const checkNameKeys = ({ block, check }: Pick<Check, 'block' | 'check'>): readonly string[] => [
  `verify.name.${block}.${check}`,
  `verify.name.${check}`,
];

const checkName = (check: Pick<Check, 'block' | 'check'>, t: Translate): string =>
  checkNameKeys(check)
    .map((key) => ({ key, text: t(key) }))
    .find(({ key, text }) => text !== key)?.text ?? `${check.block}/${check.check}`;

/** Without the full stop of its own. */
const sentencePart = (text: string): string => text.replace(/\.$/, '');

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

/** `passed`: what to say when nothing is wrong. */
function whyText({ subIndication }: Conclusion, t: Translate, passed: string): string {
  if (!subIndication) return t(`verify.why.${passed}`);
  const explained = explainedIndications.find((one) => one === subIndication);
  return t(`verify.why.${explained ?? 'other'}`);
}
