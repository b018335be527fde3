/** Puts our files before judges that we did not write, and holds what they say against what we claim. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClaimedFile } from './files.ts';
import { pdfToolProblems, xmlToolProblems } from './tools.ts';
import type { World } from './world.ts';

interface Stamp {
  readonly type: string;
  readonly imprintIntact: boolean;
  readonly signatureIntact: boolean;
}

export interface DssAnswer {
  readonly error?: string;
  readonly signatures?: readonly {
    /** The field of a PDF, or the Id of an XML signature. */
    readonly name: string;
    readonly isCounter: boolean;
    readonly indication: string;
    readonly subIndication: string | null;
    readonly level: string;
    readonly intact: boolean;
    readonly errors: readonly string[];
    readonly timestamps: readonly Stamp[];
  }[];
}

interface PyHankoVerdict {
  readonly indication: string;
  readonly subIndication?: string;
  readonly reason?: string;
}

export interface PyHankoAnswer {
  readonly error?: string;
  readonly signatures?: readonly {
    readonly name: string;
    readonly now: PyHankoVerdict;
    readonly fiveYears?: PyHankoVerdict;
    /** It says itself what may come behind it. */
    readonly isCertified: boolean;
    /** What came behind the signature may come there. */
    readonly isAllowed: boolean;
  }[];
}

interface Question {
  readonly file: string;
  readonly anchors: readonly string[];
  readonly detached?: readonly string[];
  readonly ocsps?: readonly string[];
  /** When it is judged; now when left out. */
  readonly at?: Date;
  /** Also as it will be judged in five years (pyHanko). */
  readonly future?: boolean;
}

/** See judges.mjs. */
export interface Judge<Answer> {
  ask(question: Question): Promise<Answer>;
}

/** What the schema of TS 119 102-2 has against a validation report. */
export interface ReportCheck {
  readonly error?: string;
  readonly problems?: readonly string[];
}

export interface Judges {
  readonly dss: Judge<DssAnswer> & { check(file: string): Promise<ReportCheck> };
  readonly pyHanko: Judge<PyHankoAnswer>;
}

/** What each judge says of a file; `problems` is empty when all agree with the claim. */
export interface Verdict {
  readonly file: ClaimedFile;
  readonly dss: string;
  readonly pyHanko?: string;
  readonly problems: readonly string[];
}

const EXTENSIONS = { XAdES: 'xml', PAdES: 'pdf', 'ASiC-E': 'asice' } as const;

export interface Bench {
  /** For the files. */
  readonly folder: string;
  /** Files of the one root, DER and PEM. */
  readonly anchor: string;
  readonly anchorPem: string;
  /** See tools.ts. */
  readonly schema: string;
  /** Answers that a relying party would fetch, for levels that carry none. */
  readonly ocsps: readonly string[];
}

export async function judgeFile(claimed: ClaimedFile, judges: Judges, bench: Bench): Promise<Verdict> {
  const { folder, anchor, anchorPem, schema, ocsps } = bench;
  mkdirSync(folder, { recursive: true });
  const name = [claimed.level, claimed.kind, claimed.key].join('-').replace(/[^A-Za-z0-9-]+/g, '-');
  const file = join(folder, `${claimed.format}-${name}.${EXTENSIONS[claimed.format]}`);
  writeFileSync(file, claimed.bytes);
  const detached = claimed.detached ? [join(folder, claimed.detached[0])] : [];
  if (claimed.detached) writeFileSync(detached[0]!, claimed.detached[1]);
  const answer = await judges.dss.ask({ file, anchors: [anchor], detached, ocsps });
  const problems = dssProblems(claimed, answer);
  const own = answer.signatures?.at(-1);
  const dss = answer.error ?? `${own?.indication ?? 'no signature'} ${own?.level ?? ''}`;
  if (claimed.format === 'XAdES') {
    problems.push(...xmlToolProblems(file, { anchor, schema, isPss: claimed.key.startsWith('RSA-PSS') }));
  }
  if (claimed.format !== 'PAdES') return { file: claimed, dss, problems };
  problems.push(...pdfToolProblems(file, { anchor: anchorPem }));
  const said = await judges.pyHanko.ask({ file, anchors: [anchor], future: true });
  const last = said.signatures?.at(-1);
  const archived = claimed.level.endsWith('LTA');
  // its simulation looks for the list of an issuing authority on a path that begins with that authority, and finds it only
  // where that is a root
  const isGoodLater = claimed.isByLists === true || last?.fiveYears?.indication === 'PASSED';
  const hasPassed = last?.now.indication === 'PASSED' && isGoodLater;
  const isPermitted = said.signatures?.every(({ isCertified, isAllowed }) => !isCertified || isAllowed);
  if ((archived && !hasPassed) || !isPermitted) problems.push(`pyHanko: ${JSON.stringify(said)}`);
  const told = last
    ? `${last.now.indication}, in five years ${last.fiveYears?.indication}`
    : (said.error ?? '');
  return { file: claimed, dss, ...(archived && { pyHanko: told }), problems };
}

function dssProblems(claimed: ClaimedFile, { error, signatures = [] }: DssAnswer): string[] {
  if (error !== undefined) return [`EU DSS: ${error}`];
  const problems: string[] = [];
  const own = signatures.at(-1);
  if (own?.level !== claimed.level) problems.push(`EU DSS finds ${own?.level ?? 'no signature'}`);
  for (const { indication, subIndication, intact, errors, timestamps } of signatures) {
    if (indication !== 'TOTAL_PASSED') {
      problems.push(`EU DSS: ${indication} ${subIndication ?? ''} ${errors.join(' | ')}`);
    }
    if (!intact) problems.push('EU DSS: something in it is not intact');
    for (const { type, imprintIntact, signatureIntact } of timestamps) {
      if (!imprintIntact || !signatureIntact) problems.push(`EU DSS: ${type} is not intact`);
    }
  }
  return problems;
}

/** Writes down OCSP answers as a relying party would fetch them for levels that carry none. */
export class RelyingParty {
  readonly #world: World;
  readonly #folder: string;
  readonly #asked = new Map<string, string[]>();

  constructor(world: World, folder: string) {
    this.#world = world;
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Files with answers about every signer so far, the time-stamp authority and the authorities above them. */
  async answers(): Promise<string[]> {
    const { services, signers, authorities } = this.#world;
    if (this.#asked.size === 0) {
      this.#keep(
        'time-stamp',
        (await services.stamp(await services.timestamp(() => new Uint8Array(32)))).ocsps,
      );
    }
    for (const [index, certificate] of signers.entries()) {
      if (this.#asked.has(`signer-${index}`)) continue;
      this.#keep(`signer-${index}`, (await services.signer(certificate, authorities)).ocsps);
    }
    return [...this.#asked.values()].flat();
  }

  #keep(name: string, ocsps: readonly Uint8Array[]): void {
    const files = ocsps.map((der, index) => {
      const file = join(this.#folder, `${name}-${index}.der`);
      writeFileSync(file, der);
      return file;
    });
    this.#asked.set(name, files);
  }
}
