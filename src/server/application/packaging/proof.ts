/**
 * What the proof of a piece of evidence stands on, until when, and how it is renewed: a PDF by a document time-stamp
 * (ETSI EN 319 142-1 clause 5.5), XAdES by an archive time-stamp (EN 319 132-1 clause 5.5.2). What carries no time-stamps
 * stays as it is, with a XAdES signature of ours around a copy of it, which is then renewed.
 */
import {
  keyBits,
  type AlgorithmCalendar,
  type UsableUntil,
} from '@segl/pki/algorithms/algorithm-constraints';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { raisePades } from '@segl/ades/pades/levels';
import type { Problem } from '@segl/problem/problem';
import type { TimeStamp } from '@segl/pki/tsp/timestamp';
import { raise } from '@segl/ades/xades/levels';
import { openXades } from '@segl/ades/xades/read';
import { signXades } from '@segl/ades/xades/sign';
import type { LongTermServices } from '@segl/pki/tsp/long-term-services';
import { mergeValidationData, type ValidationData } from '@segl/pki/revocation/validation-data';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import type { Certificate } from '@segl/pki/x509/certificate';
import type { SignerTrust } from '@segl/identity/evidence/registry';
import {
  verifyEvidencePdf,
  verifyEvidenceXades,
  verifyPackage,
  type PdfTrust,
} from '@segl/identity/evidence/verify';
import { serverProblems } from '../../problems.ts';

export interface ProofTrust extends PdfTrust {
  /** For the signatures in packages. */
  readonly signers: SignerTrust;
  /** Until when algorithms are relied on. */
  readonly algorithms: AlgorithmCalendar;
}

/** A file with what proves it. */
export interface Preserved {
  readonly bytes: Uint8Array;
  readonly kind: 'pades' | 'xades' | 'package' | 'other';
  /** A XAdES signature around a copy of the file. */
  readonly wrapper?: Uint8Array;
}

/** `until` is undefined where no end is in sight. */
export interface Proof {
  /** As PAdES and XAdES name it; `sealed` by a seal without time-stamp, `none` when nothing vouches for it. */
  readonly level: 'T' | 'LT' | 'LTA' | 'sealed' | 'none';
  readonly until: Date | undefined;
  /** What ends then. */
  readonly because: Problem | undefined;
}

interface Support {
  readonly what: Problem;
  readonly until: UsableUntil;
}

/**
 * Verifies the file with its proof completely, and tells what that stands on. Throws what verifyEvidencePdf,
 * verifyEvidenceXades and verifyPackage throw; EVIDENCE_INVALID when a wrapper is around something else.
 */
export function judgeProof({ bytes, kind, wrapper }: Preserved, trust: ProofTrust): Proof {
  if (wrapper) {
    const verified = verifyEvidenceXades(wrapper, 'LTA', trust);
    if (Buffer.compare(verified.objects[0] ?? Buffer.alloc(0), bytes) !== 0) {
      throw serverProblems.error('EVIDENCE_INVALID', {
        why: serverProblems.of('evidence/proof-of-other'),
      });
    }
    return standing('LTA', verified, trust);
  }
  switch (kind) {
    case 'pades': {
      const verified = verifyEvidencePdf(bytes, trust);
      return standing(verified.level, verified, trust);
    }
    case 'xades': {
      const verified = verifyEvidenceXades(bytes, 'T', trust);
      return standing(verified.level, verified, trust);
    }
    case 'package':
      // its policy fixes the digest
      return weakest('sealed', [
        ...onPath(verifyPackage(bytes, trust).sealPath, trust),
        ...onDigests(['sha256'], trust),
      ]);
    case 'other':
      return { level: 'none', until: new Date(0), because: serverProblems.of('proof/none') };
  }
}

interface Verified {
  readonly sealPath: readonly Certificate[];
  readonly sealDigests: readonly string[];
  readonly timestamps: readonly { readonly stamp: TimeStamp; readonly path: readonly Certificate[] }[];
}

/** At LTA the last time-stamp vouches for everything below it. */
function standing(
  level: string,
  { sealPath, sealDigests, timestamps }: Verified,
  { algorithms }: Calendar,
): Proof {
  const onStamps = (stamps: Verified['timestamps']): Support[] =>
    stamps.flatMap(({ stamp: { algorithm, imprintAlgorithm }, path }) => [
      ...onPath(path, { algorithms }),
      ...onDigests([imprintAlgorithm, algorithm?.digest ?? 'unknown'], { algorithms }),
    ]);
  if (level === 'LTA') return weakest('LTA', onStamps(timestamps.slice(-1)));
  const supports = [
    ...onPath(sealPath, { algorithms }),
    ...onDigests(sealDigests, { algorithms }),
    ...onStamps(timestamps),
  ];
  return weakest(level === 'LT' ? 'LT' : 'T', supports);
}

type Calendar = Pick<ProofTrust, 'algorithms'>;

const onPath = (path: readonly Certificate[], { algorithms }: Calendar): Support[] =>
  path.flatMap(({ commonName, notAfter, publicKey, issuedWith }, index) => {
    const type = publicKey.asymmetricKeyType;
    const scheme = type === 'ec' ? 'EC' : type === 'rsa-pss' ? 'RSA-PSS' : 'RSA';
    const bits = keyBits(publicKey);
    return [
      { what: serverProblems.of('proof/certificate', { name: commonName }), until: notAfter },
      {
        what: serverProblems.of('proof/key', { scheme, bits, name: commonName }),
        until: algorithms.keyUntil(scheme, bits),
      },
      // an anchor is trusted by itself, not by its signature
      ...(index < path.length - 1
        ? onDigests([issuedWith?.digest ?? 'unknown'], { algorithms }, commonName)
        : []),
    ];
  });

/** `certified`: whose certificate was issued with them. */
const onDigests = (digests: readonly string[], { algorithms }: Calendar, certified?: string): Support[] =>
  [...new Set(digests)].map((digest) => ({
    what:
      certified === undefined
        ? serverProblems.of('proof/digest', { digest })
        : serverProblems.of('proof/digest-of-certificate', { digest, name: certified }),
    until: algorithms.digestUntil(digest),
  }));

function weakest(level: Proof['level'], supports: readonly Support[]): Proof {
  const ends = supports.flatMap(({ what, until }) =>
    until === 'forever' ? [] : [{ what, until: until === 'never' ? new Date(0) : until }],
  );
  const [first] = ends.sort((a, b) => a.until.getTime() - b.until.getTime());
  return { level, until: first?.until, because: first?.what };
}

/** The same services, with more validation data for the signer. */
const keeping = (services: LongTermServices, beside: ValidationData): LongTermServices => ({
  ...services,
  signer: async (...signer) => mergeValidationData([await services.signer(...signer), beside]),
});

/** What a renewal is made with. */
export interface RenewalTools {
  readonly services: LongTermServices;
  /** Seals what gets a wrapper. */
  readonly key: SigningKey;
  readonly now: Date;
  /** Kept in a wrapper that is made now, beside what vouches for its seal. */
  readonly beside?: ValidationData;
}

/**
 * The file with a new time-stamp over all of its proof, at level LTA. Files other than PAdES and XAdES stay as they are, and
 * get or keep a wrapper. Nothing is verified here. Throws what the services and the key throw, PDF_INVALID, XADES_INVALID.
 */
export async function renewProof(
  { bytes, kind, wrapper }: Preserved,
  { services, key, now, beside }: RenewalTools,
): Promise<Preserved> {
  if (wrapper) return { bytes, kind, wrapper: await raise(openXades(wrapper), 'LTA', services) };
  switch (kind) {
    case 'pades': {
      const file = IncrementalFile.of(bytes);
      await raisePades(file, 'LTA', services);
      return { bytes: file.bytes, kind };
    }
    case 'xades':
      return { bytes: await raise(openXades(bytes), 'LTA', services), kind };
    case 'package':
    case 'other': {
      const mimeType = kind === 'package' ? 'application/x-ltv-sdo' : 'application/octet-stream';
      const data = [{ form: 'enveloping' as const, bytes, mimeType }];
      const parts = await signXades({ key, signingTime: now, data });
      return {
        bytes,
        kind,
        wrapper: await raise(parts, 'LTA', beside ? keeping(services, beside) : services),
      };
    }
  }
}
