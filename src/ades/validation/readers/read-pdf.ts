/** Signatures and document time-stamps of a PDF as facts. */
import { judgeCms } from '../../cades/cms-judge.ts';
import { readSignedData } from '@segl/pki/cms/cms-signed-data';
import type { TimeStamp } from '@segl/pki/tsp/timestamp';
import { readDss } from '../../pades/dss.ts';
import { readPades, type PadesSignature, type ReadPades } from '../../pades/read.ts';
import { PdfDocument } from '../../pdf/document.ts';
import { isBorne } from '../../pdf/changes/changes.ts';
import { findStartXref } from '../../pdf/xref.ts';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf } from '@segl/problem/problem';
import { adesProblems } from '../../problems.ts';
import {
  failed,
  mergeEvidence,
  passed,
  warning,
  type Finding,
  type SignatureFacts,
  type TimeStampFacts,
} from '../facts.ts';
import { faultFinding, stampFaultFinding } from '../fault-findings.ts';
import { cmsFacts, cmsFindings } from './read-cms.ts';
import { digestsOf } from '../status.ts';

/** Forms of signatures whose CMS is over the byte range itself. */
const DETACHED = new Set(['ETSI.CAdES.detached', 'adbe.pkcs7.detached']);

/** All of them, in the order in which they were made. Throws PDF_INVALID and PDF_ENCRYPTED when it cannot be read at all. */
export function readPdfFile(pdf: Uint8Array): SignatureFacts[] {
  const read = readPades(pdf);
  return read.signatures.map((one) => signatureFacts(pdf, read, one));
}

function signatureFacts(pdf: Uint8Array, read: ReadPades, one: PadesSignature): SignatureFacts {
  const base = {
    format: one.kind === 'document-time-stamp' ? 'document time-stamp' : isPades(one) ? 'PAdES' : 'PDF',
    name: one.fieldName,
    certificates: [],
    algorithms: [],
    stamps: [],
    evidence: read.dss,
    role: one.kind === 'document-time-stamp' ? 'time-stamp' : 'any',
    freshness: one.kind === 'document-time-stamp' ? 'kept' : 'fresh',
    coversFile: one.coversFile,
    ...(one.revisionLength !== undefined && { revisionLength: one.revisionLength }),
    changes: one.changes,
    ...(one.signingTime && { claimedTime: one.signingTime }),
  } as const;
  const changes = changeFindings(pdf, one);
  if (!one.signed) {
    return {
      ...base,
      findings: [
        failed(
          'format',
          'byte-range',
          'FORMAT_FAILURE',
          one.problem ?? adesProblems.of('pades/byte-range-missing'),
        ),
      ],
    };
  }
  const outer = documentStamps(pdf, read, one);
  if (one.kind === 'document-time-stamp') {
    if (!one.stamp) {
      const why = one.problem ?? adesProblems.of('timestamp/unreadable');
      return { ...base, findings: [stampFaultFinding(why)] };
    }
    return {
      ...base,
      own: one.stamp,
      certificate: one.stamp.certificate,
      core: coreOf(one.stamp),
      certificates: one.stamp.certificates,
      claimedTime: one.stamp.genTime,
      findings: [passed('format', 'byte-range'), passed('cryptography', 'imprint'), ...changes],
      stamps: outer,
    };
  }
  if (!DETACHED.has(one.subFilter)) {
    const why = adesProblems.of('pades/sub-filter-unknown', { form: one.subFilter });
    return { ...base, findings: [failed('format', 'sub-filter', 'FORMAT_FAILURE', why)] };
  }
  try {
    const cms = judgeCms(one.signed.contents, one.signed.digest);
    const facts = cmsFacts(cms);
    const timed = isPades(one) && cms.signingTime;
    const stamps = [...facts.stamps, ...outer];
    return {
      ...base,
      ...facts,
      evidence: mergeEvidence(read.dss, cms.carried),
      ...(isPades(one) && levelOf(read, stamps)),
      ...(!base.claimedTime && cms.signingTime && { claimedTime: cms.signingTime }),
      findings: [
        passed('format', 'byte-range'),
        ...cmsFindings(cms, isPades(one)),
        ...carriedFindings(one),
        ...(timed ? [warning('format', 'signing-time', adesProblems.of('pades/signing-time-signed'))] : []),
        ...changes,
      ],
      stamps,
    };
  } catch (error) {
    if (!isSeglError(error, 'CMS_INVALID', 'ASN1_INVALID')) throw error;
    return {
      ...base,
      findings: [faultFinding(reasonOf(error))],
    };
  }
}

function coreOf({ der }: TimeStamp): NonNullable<SignatureFacts['core']> {
  const { signedBytes, signature } = readSignedData(der).signer;
  return { signed: signedBytes, value: signature };
}

const isPades = ({ subFilter }: PadesSignature): boolean => subFilter === 'ETSI.CAdES.detached';

/** What our reader has against the whole, beyond what the CMS tells by itself. */
const carriedFindings = ({ problem }: PadesSignature): Finding[] =>
  problem && OF_CARRIED_CERTIFICATES.has(problem.code) ? [warning('format', 'certificates', problem)] : [];

const OF_CARRIED_CERTIFICATES: ReadonlySet<string> = new Set([
  'pades/certificate-unreadable',
  'pades/certificate-damaged',
  'pades/certificates-incomplete',
  'pades/certificate-stray',
]);

function changeFindings(
  pdf: Uint8Array,
  { changes, coversFile, revisionLength = 0 }: PadesSignature,
): Finding[] {
  if (!coversFile && findStartXref(pdf) < revisionLength) {
    if (!isBlank(pdf.subarray(revisionLength))) {
      const why = adesProblems.of('pades/bytes-after');
      return [failed('changes', 'later-revisions', 'FORMAT_FAILURE', why)];
    }
    return [warning('changes', 'later-revisions', adesProblems.of('pades/white-space-after'))];
  }
  const altered = changes.filter((change) => !isBorne(change));
  if (altered.length > 0) {
    const why = adesProblems.of('pades/later-changed', { changes: altered.slice(0, 5) });
    return [failed('changes', 'later-revisions', 'FORMAT_FAILURE', why)];
  }
  if (changes.length > 0) {
    return [warning('changes', 'later-revisions', adesProblems.of('pades/later-added', { changes }))];
  }
  return [
    passed(
      'changes',
      'later-revisions',
      adesProblems.of(coversFile ? 'pades/nothing-added' : 'pades/nothing-seen-changed'),
    ),
  ];
}

/** White space of PDF alone (ISO 32000-2 table 1), as editors and transports append it: there is nothing in it to read. */
const isBlank = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte === 0 || byte === 9 || byte === 10 || byte === 12 || byte === 13 || byte === 32);

/** Document time-stamps that came later, with the validation data that each is over. */
function documentStamps(pdf: Uint8Array, read: ReadPades, one: PadesSignature): TimeStampFacts[] {
  return read.signatures.flatMap((other): TimeStampFacts[] => {
    const { kind, revisionLength, stamp, problem, fieldName } = other;
    if (kind !== 'document-time-stamp' || revisionLength === undefined) return [];
    if (revisionLength <= (one.revisionLength ?? Infinity)) return [];
    return [
      {
        kind: 'document',
        name: fieldName,
        ...(stamp && { stamp }),
        ...(problem && { problem }),
        covers: dataIn(pdf.subarray(0, revisionLength)),
      },
    ];
  });
}

function dataIn(revision: Uint8Array): Set<string> {
  try {
    return digestsOf(readDss(PdfDocument.open(revision)));
  } catch (error) {
    if (!isSeglError(error)) throw error;
    return new Set();
  }
}

/** By structure (EN 319 142-1 clause 6): B, T, LT; LTA with a document time-stamp over validation data. */
function levelOf(
  { dss }: ReadPades,
  stamps: readonly TimeStampFacts[],
): Pick<SignatureFacts, 'level' | 'lowerLevel'> {
  const hasData = dss.certificates.length + dss.ocsps.length + dss.crls.length > 0;
  if (stamps.length === 0) return { level: 'B' };
  if (!hasData) return { level: 'T' };
  const isArchived = stamps.some(({ kind, covers }) => kind === 'document' && covers.size > 0);
  return { level: isArchived ? 'LTA' : 'LT', lowerLevel: 'T' };
}
