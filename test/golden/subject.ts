/** What golden data is compared with: all that its tests reach into of the code, in one place. */
import { nemidProblems } from '@segl/identity/methods/nemid/problems';
import { builtIn } from '@segl/identity/methods/index';
import { publishedPolicies as published } from '@segl/server/http/ops/policies';
import { knownEvidence, trusting } from '../support/server/methods.ts';
import { createHash } from 'node:crypto';
import fastify from 'fastify';
import { OCES_POLICY_PREFIX } from '@segl/sandbox/methods/nemid/arc';
import { verifyWsd } from '@segl/identity/evidence/wsd/read';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { cliProblems } from '@segl/cli/problems';
import { sandboxProblems } from '@segl/sandbox/problems';
import { adesProblems } from '@segl/ades/problems';
import { ocesProblems } from '@segl/identity/oces/problems';
import { identityProblems } from '@segl/identity/problems';
import { pkiProblems } from '@segl/pki/problems';
import type { AnyProblemSet, SeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import { statusOf } from '@segl/server/http/status';
import { serverProblems } from '@segl/server/problems';
import { verifyEvidencePdf, verifyEvidenceXades, verifyPackage } from '@segl/identity/evidence/verify';
import { verifyPlugin } from '@segl/server/http/verify/plugin';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import type { AskStatus } from '@segl/ades/validation/status';
import { textReport } from '@segl/ades/validation/reports/text-report';
import type { Validation } from '@segl/ades/validation/validate';
import type { EvidenceTrust } from '@segl/identity/evidence/trust';
import { validateEvidence } from '@segl/identity/evidence/validate';
import { asJson } from './files.ts';
import { jsonReport } from '@segl/ades/validation/reports/json-report';
import { problemTexts, tell } from '../support/signatures/tell.ts';

export { NEMID_PACKAGING_POLICY_1_0 } from '@segl/identity/methods/nemid/evidence/policy';
export { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
export { makeEvidenceFile } from '@segl/server/application/packaging/evidence-file';
export { packageOrder } from '@segl/server/application/packaging/package-order';
export { PackagingFlow } from '@segl/server/application/packaging/packaging-service';
export { preserveDue } from '@segl/server/application/archive/preserving';
export type { OrderSpec, TaskSpec } from '@segl/server/domain/order/model';
export type { SessionKey } from '@segl/server/domain/signing-session/client-info';

/** DER in base64. */
type Anchors = readonly string[];

/** Whom a file is judged by, as golden data keeps it. */
export interface KeptTrust {
  /** Of the certificates of signers. */
  readonly signers: Anchors;
  /** Prefix of the policies of these; those of the sandbox where it is left out. */
  readonly policyPrefix?: string;
  readonly seal: Anchors;
  readonly tsa: Anchors;
  /** Trusted for everything. */
  readonly more?: Anchors;
}

/** What authorities answer, by the SHA-256 (hex) of the certificate, or `*` for all others; `problem`: the code of what goes wrong. */
export type KeptAnswers = Readonly<
  Record<
    string,
    | {
        readonly status: 'good' | 'revoked' | 'unknown';
        readonly revokedAt?: string;
        readonly reason?: string;
        readonly source: 'ocsp' | 'crl';
        readonly url: string;
      }
    | { readonly problem: string; readonly params: Readonly<Record<string, string | number>> }
  >
>;

export interface Question {
  readonly bytes: Uint8Array;
  /** What a detached signature is over. */
  readonly content?: Uint8Array;
  readonly trust: KeptTrust;
  readonly at: string;
  /** Absent: nobody is asked. */
  readonly asked?: KeptAnswers;
}

const der = (anchors: Anchors = []): Uint8Array[] => anchors.map((one) => Buffer.from(one, 'base64'));

const SETS = [
  nemidProblems,
  generalProblems,
  pkiProblems,
  adesProblems,
  identityProblems,
  ocesProblems,
  serverProblems,
  cliProblems,
  sandboxProblems,
] as unknown as readonly AnyProblemSet[];

function errorOf(code: string, params: object): SeglError {
  const set = SETS.find(({ errors }) => code in errors);
  if (!set) throw new TypeError(`no error has the code ${code}`);
  return set.error(code, params as never);
}

const trustOf = ({
  signers,
  policyPrefix = OCES_POLICY_PREFIX,
  seal,
  tsa,
  more,
}: KeptTrust): EvidenceTrust => ({
  methods: { nemid: ocesEnvironment('sandbox', { anchors: der(signers), policyPrefix }) },
  seal: der(seal),
  tsa: der(tsa),
  ...(more && { more: der(more) }),
});

const askFrom =
  (answers: KeptAnswers): AskStatus =>
  async (certificate) => {
    const answer = answers[createHash('sha256').update(certificate).digest('hex')] ?? answers['*'];
    if (!answer)
      throw generalProblems.error('UNAVAILABLE', {
        what: generalProblems.of('foreign/said', { said: 'Who is asked' }),
      });
    if ('problem' in answer) throw errorOf(answer.problem, answer.params);
    const { revokedAt, ...rest } = answer;
    return { ...rest, ...(revokedAt !== undefined && { revokedAt: new Date(revokedAt) }) };
  };

const judge = ({ bytes, content, trust, at, asked }: Question): Promise<Validation> =>
  validateEvidence({
    modules: builtIn,
    bytes,
    trust: trustOf(trust),
    at: new Date(at),
    ...(content && { content }),
    ask: asked && askFrom(asked),
  });

export interface Conclusion {
  readonly indication: string;
  readonly subIndication?: string;
}

/** The JSON report, the text report, and what the page of the Viewer says in each language. */
export interface Judgement {
  readonly report: Conclusion;
  readonly text: readonly string[];
  readonly page: { readonly en: readonly string[]; readonly da: readonly string[] };
}

/** The JSON report alone. */
export const reportOn = async (question: Question): Promise<Conclusion> =>
  asJson(jsonReport((await judge(question)).report, tell)) as Conclusion;

/** Judges, and shows what it made of it. */
export async function createJudge(): Promise<(question: Question) => Promise<Judgement>> {
  const viewer = await new Viewer().open();
  return async (question) => {
    const validation = await judge(question);
    return {
      report: asJson(jsonReport(validation.report, tell)) as Conclusion,
      text: textReport(validation.report, tell).trimEnd().split('\n'),
      page: { en: await viewer.show(validation, 'en'), da: await viewer.show(validation, 'da') },
    };
  };
}

/** The page of the Viewer in front of validations that are there already. */
class Viewer {
  readonly #app = fastify();
  #shown: Validation | undefined;

  async open(): Promise<this> {
    await verifyPlugin(this.#app, {
      problems: problemTexts,
      api: { validate: async () => this.#shown! },
      config: { maxDocumentBytes: 1 << 24 },
      log: silentLogger,
    });
    return this;
  }

  /** What people read on the page, line by line: its text without the markup. */
  async show(validation: Validation, language: string): Promise<string[]> {
    this.#shown = validation;
    const { body, statusCode } = await this.#app.inject({
      method: 'POST',
      url: '/verify',
      headers: { 'content-type': 'application/octet-stream', 'accept-language': language },
      payload: Buffer.from('a file'),
    });
    if (statusCode !== 200) throw new Error(body);
    return wordsOf(body);
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

const wordsOf = (html: string): string[] =>
  html
    .replace(/^[^]*<main[^>]*>|<\/main>[^]*$|<(script|style|svg)\b[^]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, '\n')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name]!)
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '');

/** Which of our readers of finished evidence takes a file; a container has none but the validator. */
export type PackageKind = 'LTV-SDO' | 'WSD' | 'PAdES' | 'XAdES' | 'container';

/** What the reader of finished evidence finds; throws for what is none. */
export function read(kind: PackageKind, bytes: Uint8Array, trust: KeptTrust): unknown {
  const anchors = {
    sealAnchors: der(trust.seal),
    signers: trusting(der(trust.signers)),
    tsaAnchors: der(trust.tsa),
  };
  switch (kind) {
    case 'LTV-SDO': {
      const { content, sealPath, signerPath, document, handwriting, witnessed } = verifyPackage(
        bytes,
        anchors,
      );
      return asJson({
        packagingPolicy: content.packagingPolicy,
        format: content.native.format,
        mimeType: content.native.mimeType,
        signer: content.signer,
        document: { ...content.document, sha256: hex(content.document.sha256) },
        events: [...content.creationAuditTrail, ...content.verificationAuditTrail].map(({ type }) => type),
        sealPath: sealPath.map(({ subjectDn }) => subjectDn),
        signerPath: signerPath.map(({ subjectDn }) => subjectDn),
        text: document && Buffer.from(document).toString('latin1').slice(0, 20),
        handwriting,
        witnessed,
      });
    }
    case 'WSD': {
      const { statement, signer, login } = verifyWsd(bytes).content;
      const { handwriting, document } = statement;
      return asJson({
        signer,
        statement: {
          ...statement,
          document: { ...document, sha256: hex(document.sha256) },
          handwriting: handwriting && { ...handwriting, digest: hex(handwriting.digest) },
        },
        hasLogin: login !== undefined,
      });
    }
    case 'PAdES': {
      const { level, sealPath, timestamps } = verifyEvidencePdf(bytes, anchors);
      return { level, sealPath: sealPath.map(({ subjectDn }) => subjectDn), stamps: timestamps.length };
    }
    case 'XAdES': {
      const { level, sealPath, timestamps } = verifyEvidenceXades(bytes, 'LTA', anchors);
      return { level, sealPath: sealPath.map(({ subjectDn }) => subjectDn), stamps: timestamps.length };
    }
    case 'container':
      return undefined;
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** SHA-256 (hex) of every policy document that is published, and the name it is published under, by its URN. */
export const publishedPolicies = (): Record<string, { fileName: string; sha256: string }> =>
  Object.fromEntries(
    published(knownEvidence.policies).map(({ id, fileName, hex: sha256 }) => [id, { fileName, sha256 }]),
  );

/** Every error that a caller, signer or operator can meet, by its code, with its {placeholders}. */
export const errorTexts = (): Record<string, { http: number; fault: string; text: string; todo: string }> =>
  Object.fromEntries(
    SETS.flatMap((set) =>
      Object.keys(set.errors).map((code) => {
        const { fault } = set.errors[code]!;
        const [text = '', todo = ''] = [code, `${code}.todo`].map((key) => set.catalogue.template(key, 'en'));
        return [code, { http: statusOf(set.error(code, {})), fault, text, todo }];
      }),
    ),
  );
