/**
 * Preservation: what is in the archive is looked at regularly, and gets a new time-stamp before a certificate or an
 * algorithm ends that its proof stands on.
 */
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { isSeglError, SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { problemIn } from '@segl/problem/problems';
import { serverProblems } from '../../problems.ts';
import { publicId } from '@segl/problem/ids';
import { accountExists } from '../../adapters/postgres/accounts/accounts.ts';
import {
  addPreservationEvent,
  findPreserved,
  insertPreservation,
  listDuePreservation,
  noteLook,
  notePreservationFailure,
  replaceArchived,
  replaceProof,
  type PreservedRow,
} from '../../adapters/postgres/preservation.ts';
import { insertArchived } from '../../adapters/postgres/sds.ts';
import type { ValidationReport } from '@segl/ades/validation/reports/report';
import { longTermOf, PADES_MEDIA_TYPE, type PdfContext } from '../packaging/make-pdf.ts';
import { XADES_MEDIA_TYPE } from '../packaging/make-evidence.ts';
import { LTV_SDO_MEDIA_TYPE } from '../packaging/package-task.ts';
import { judgeProof, renewProof, type Preserved, type Proof, type ProofTrust } from '../packaging/proof.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BATCH = 20;

const NONE: ValidationData = { certificates: [], ocsps: [], crls: [] };

/** Longest pause after a look that came to nothing. */
const LONGEST_PAUSE = DAY;

export interface PreservationCount {
  readonly looked: number;
  readonly renewed: number;
  readonly failed: number;
}

const kinds: Readonly<Record<string, Preserved['kind']>> = {
  [PADES_MEDIA_TYPE]: 'pades',
  [XADES_MEDIA_TYPE]: 'xades',
  [LTV_SDO_MEDIA_TYPE]: 'package',
};

/** When a proof is to be renewed; undefined: no end is in sight. */
export const renewalDue = (until: Date | null | undefined, leadDays: number): Date | undefined =>
  until ? new Date(until.getTime() - leadDays * DAY) : undefined;

/**
 * Looks at everything that is due, for `forMs` milliseconds at most (a file that was begun is finished). Failures are noted
 * with the file and tried again later; they never stop the others.
 */
export async function preserveDue(
  context: PdfContext,
  { forMs = Infinity, service }: { readonly forMs?: number; readonly service?: string } = {},
): Promise<PreservationCount> {
  const count = { looked: 0, renewed: 0, failed: 0 };
  const end = performance.now() + forMs;
  for (;;) {
    const rows = await listDuePreservation(context.db, context.clock.now(), BATCH, service);
    for (const row of rows) {
      if (performance.now() > end) return count;
      count.looked += 1;
      const outcome = await look(context, row);
      if (outcome !== 'held') count[outcome] += 1;
    }
    if (rows.length < BATCH) return count;
  }
}

/** One look at one file. `beside`: validation data that goes into a wrapper when one is made now. */
async function look(
  context: PdfContext,
  row: PreservedRow,
  beside: ValidationData = NONE,
): Promise<'held' | 'renewed' | 'failed'> {
  const { db, clock, config } = context;
  try {
    const preserved = await open(context, row);
    const trust = await trustOf(context, row.service);
    const proof = judgeProof(preserved, trust);
    const due = renewalDue(proof.until, config.preservationLeadDays);
    if (due && due <= clock.now()) {
      await renew(context, row, { preserved, proof, trust, beside });
      return 'renewed';
    }
    await noteLook(db, row.archiveId, lookAt(context, proof));
    return 'held';
  } catch (error) {
    if (isSeglError(error, 'PRESERVATION_BEATEN')) return 'held';
    await noteFailure(context, row, error);
    return 'failed';
  }
}

async function open({ blobs }: PdfContext, row: PreservedRow): Promise<Preserved> {
  return {
    bytes: await blobs.read(row.sha256),
    kind: kinds[row.contentType] ?? 'other',
    ...(row.proofSha256 !== null && { wrapper: await blobs.read(row.proofSha256) }),
  };
}

async function trustOf(
  { seal, tsaAnchors, eid, algorithms }: PdfContext,
  service: string,
): Promise<ProofTrust> {
  const { signers } = await eid.of(service);
  return { sealAnchors: seal.anchors, tsaAnchors, signers, algorithms };
}

/** The old file and the old proof stay in the blob store until the new ones are verified and named in their place. */
async function renew(
  context: PdfContext,
  row: PreservedRow,
  {
    preserved: old,
    proof: before,
    trust,
    beside,
  }: {
    readonly preserved: Preserved;
    readonly proof: Proof;
    readonly trust: ProofTrust;
    readonly beside: ValidationData;
  },
): Promise<void> {
  const { db, blobs, clock, seal } = context;
  const tools = { services: longTermOf(context), key: seal.key, now: clock.now(), beside };
  const renewed = await renewProof(old, tools);
  const proof = judgeProof(renewed, trust);
  const gains = !proof.until || (before.until !== undefined && proof.until > before.until);
  if (!gains && before.level === 'LTA') {
    const until = before.until!.toISOString();
    throw serverProblems.error('PRESERVATION_NO_GAIN', { until, because: before.because! });
  }
  const stored = await blobs.put(renewed.wrapper ?? renewed.bytes);
  await db.transaction(async (tx) => {
    const replace = renewed.wrapper ? replaceProof : replaceArchived;
    const { archiveId, service } = row;
    if (!(await replace(tx, row, stored)))
      throw serverProblems.error('PRESERVATION_BEATEN', { id: archiveId });
    const seen = lookAt(context, proof);
    await noteLook(tx, archiveId, seen);
    const { level, until: proofUntil = null } = proof;
    const detail = before.because ?? null;
    await addPreservationEvent(tx, {
      service,
      archiveId,
      at: seen.at,
      type: 'renewed',
      level,
      proofUntil,
      detail,
    });
  });
}

/** A file is looked at as often as its renewal takes lead, so that a change of the calendar is seen in time. */
function lookAt({ clock, config }: PdfContext, proof: Proof) {
  const at = clock.now();
  const due = renewalDue(proof.until, config.preservationLeadDays)?.getTime() ?? Infinity;
  const latest = at.getTime() + Math.max(config.preservationLeadDays, 1) * DAY;
  const dueAt = new Date(Math.max(Math.min(due, latest), at.getTime() + DAY));
  return { at, dueAt, level: proof.level, until: proof.until, because: proof.because };
}

/** The first failure in a row is an event; the others change the note only. */
async function noteFailure(context: PdfContext, row: PreservedRow, error: unknown): Promise<void> {
  const { db, clock, log } = context;
  const { archiveId, service, failures } = row;
  const at = clock.now();
  const problem = problemIn(error);
  log.warn(
    { archiveId, service, failures: failures + 1, err: error },
    'Archived evidence was not preserved.',
  );
  const dueAt = new Date(at.getTime() + Math.min(HOUR * 2 ** Math.min(failures, 10), LONGEST_PAUSE));
  await notePreservationFailure(db, archiveId, { at, dueAt, problem });
  if (failures === 0) {
    await addPreservationEvent(db, { service, archiveId, at, type: 'failed', detail: problem });
  }
}

/** Judges a file, and gives what issuers answered meanwhile. Throws when that takes too long. */
export type Validate = (
  bytes: Uint8Array,
) => Promise<{ readonly report: ValidationReport; readonly asked: ValidationData }>;

export interface Added {
  readonly archiveId: string;
  readonly contentType: string;
  /** Absent where it could not be judged. */
  readonly report?: ValidationReport;
}

/**
 * Takes a file from outside into the archive of a service and preserves it from now on. Evidence of ours keeps its form; any
 * other file gets a wrapper, which proves that it existed now, and with it the certificates and answers by which its
 * signatures are judged now. Throws ACCOUNT_UNKNOWN, and when a wrapper cannot be made, why; then nothing is left behind.
 */
export async function addPreserved(
  context: PdfContext,
  service: string,
  bytes: Uint8Array,
  validate: Validate,
): Promise<Added> {
  const { db, blobs, clock } = context;
  if (!(await accountExists(db, service))) throw serverProblems.error('ACCOUNT_UNKNOWN', { service });
  const trust = await trustOf(context, service);
  const contentType =
    Object.entries(kinds).find(([, kind]) => isSound({ bytes, kind }, trust))?.[0] ?? mediaTypeOf(bytes);
  const judged = await judge(validate, bytes);
  const at = clock.now();
  const id = publicId(at);
  const { sha256, size } = await blobs.put(bytes);
  const detail = serverProblems.of('preserve/added', {
    contentType,
    indication: indicationOf(judged?.report),
  });
  await db.transaction(async (tx) => {
    await insertArchived(tx, { id, service, sha256, size, contentType, createdAt: at });
    await insertPreservation(tx, id, at);
    await addPreservationEvent(tx, { service, archiveId: id, at, type: 'added', detail });
  });
  const row = await findPreserved(db, id);
  if (row && (await look(context, row, judged?.asked)) === 'failed') {
    const why = (await findPreserved(db, id))?.problem ?? serverProblems.of('proof/none');
    await db.query('delete from archive_documents where id = $1', [id]);
    throw serverProblems.error('UNAVAILABLE', {
      what: serverProblems.of('part/preservation', { why }),
    });
  }
  return { archiveId: id, contentType, ...(judged && { report: judged.report }) };
}

async function judge(
  validate: Validate,
  bytes: Uint8Array,
): Promise<Awaited<ReturnType<Validate>> | undefined> {
  try {
    return await validate(bytes);
  } catch (error) {
    if (isSeglError(error, 'VALIDATION_TOO_LONG', 'VALIDATION_BUSY')) return undefined;
    throw error;
  }
}

/** What carries no signature has none; undefined: it could not be judged. */
export function indicationOf(report: ValidationReport | undefined): Problem {
  if (!report) return serverProblems.of('preserve/not-judged');
  const { signatures, indication, subIndication } = report;
  if (signatures.length === 0) return serverProblems.of('preserve/no-signature');
  const named = subIndication === undefined ? indication : `${indication}/${subIndication}`;
  return serverProblems.of('preserve/indication', { indication: named });
}

function isSound(preserved: Preserved, trust: ProofTrust): boolean {
  try {
    judgeProof(preserved, trust);
    return true;
  } catch (error) {
    if (error instanceof SeglError) return false;
    throw error;
  }
}

const mediaTypeOf = (bytes: Uint8Array): string => {
  const head = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart();
  if (head.startsWith('%PDF-')) return 'application/pdf';
  return /^(\u00ef\u00bb\u00bf)?</.test(head) ? 'application/xml' : 'application/octet-stream';
};
