/** Identity evidence before two judges: ours, and one in Python that follows the words of the packaging policy. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf } from '@segl/problem/problem';
import {
  firstFailure,
  judgeIdentityEvidence,
  type ToldEvidence,
} from '@segl/identity/evidence/identity/judge';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { parsed } from '../../test/support/signatures/identity-evidence.ts';
import { brokenSpecimens, changedSpecimens, forgedSpecimens } from './changes.ts';
import { lyingSpecimens } from './lies.ts';
import type { Specimen } from './specimen.ts';
import { NAMES, soundSpecimens } from './specimens.ts';

/** Another judge, as conformance/judges.mjs starts it. */
export interface OtherJudge {
  ask(
    question: Readonly<Record<string, string | Date>>,
  ): Promise<{ readonly indication: 'PASSED' | 'FAILED' | 'INDETERMINATE'; readonly reason?: string }>;
}

export interface Judged {
  readonly name: string;
  /** It is as its method made it, and has to pass; nothing else may. */
  readonly isSound: boolean;
  /** What does not hold, by each judge's own words; undefined where it passed. */
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

/** What is told of it by whoever keeps it. */
interface About {
  readonly document?: { readonly sha256: string; readonly title: string; readonly mediaType: string };
  readonly binding?: string;
}

function failureOf({ bytes, at, trust }: Specimen, { document, binding }: About): string | undefined {
  const told: ToldEvidence = {
    at,
    ...(binding !== undefined && { binding }),
    ...(document && {
      document: {
        sha256: Buffer.from(document.sha256, 'hex'),
        title: document.title,
        mimeType: document.mediaType,
      },
    }),
  };
  const anchors = trust ? [...trust.brokers, ...trust.people] : [];
  try {
    const failure = firstFailure(judgeIdentityEvidence(readIdentityEvidence(bytes), told, { anchors }));
    return failure && `${failure.check} ${failure.why.code}`;
  } catch (error) {
    if (isSeglError(error, 'EVIDENCE_INVALID')) return `form ${reasonOf(error).code}`;
    throw error;
  }
}

export interface Scope {
  /** Of the methods whose evidence is judged beside that of every other kind. */
  readonly names?: readonly string[];
  /** At which bits are changed: so many in each evidence, and in each proof that somebody signed. */
  readonly places?: number;
}

/**
 * Judges every sound specimen, what can be made of it, and it with single bytes changed. `folder`: for files. What began for it
 * ends with `t`.
 */
export async function* judgeEvidence(
  t: Parameters<typeof soundSpecimens>[0],
  other: OtherJudge,
  folder: string,
  { names = NAMES, places = 40 }: Scope = {},
): AsyncGenerator<Judged> {
  for await (const sound of soundSpecimens(t, names)) {
    const made: (readonly Specimen[])[] = [
      [
        ...[sound, ...changedSpecimens(sound)],
        ...[...brokenSpecimens(sound, places), ...forgedSpecimens(sound, places)],
      ],
    ];
    for await (const specimen of lyingSpecimens(t, sound)) made.push([specimen]);
    for (const specimens of made) {
      const about = aboutOf(specimens[0]!);
      for (const specimen of specimens)
        yield {
          name: specimen.name,
          isSound: specimen === sound,
          ours: failureOf(specimen, about),
          theirs: await theirFailureOf(specimen, about, other, folder),
        };
    }
  }
}

function aboutOf({ bytes }: Specimen): About {
  const { commitment } = parsed(bytes);
  const [document] = commitment.documents;
  return {
    ...(document && { document }),
    ...(commitment.binding !== undefined && { binding: commitment.binding }),
  };
}

async function theirFailureOf(
  { bytes, at, trust }: Specimen,
  { document, binding }: About,
  other: OtherJudge,
  folder: string,
): Promise<string | undefined> {
  const file = join(folder, 'evidence.json');
  await writeFile(file, bytes);
  const files = new Map<string, string>();
  for (const [name, anchors] of Object.entries(trust ?? {}) as [string, readonly Uint8Array[]][]) {
    if (anchors.length === 0) continue;
    files.set(name, join(folder, `${name}.pem`));
    await writeFile(files.get(name)!, certificatesToPem(anchors));
  }
  const { indication, reason } = await other.ask({
    ...{ file, at, ...Object.fromEntries(files) },
    ...(document && { sha256: document.sha256, title: document.title, type: document.mediaType }),
    ...(binding !== undefined && { binding }),
  });
  return indication === 'PASSED' ? undefined : (reason ?? indication);
}

/** Sound evidence passes before both, and nothing else before either. */
export const isAgreed = ({ ours, theirs, isSound }: Judged): boolean =>
  (ours === undefined) === isSound && (theirs === undefined) === isSound;
