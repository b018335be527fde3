/** What Bluebird leaves behind, and how that is packaged and judged from a package alone. */
import type { Problem } from '@segl/problem/problem';
import { bluebirdProblems } from './problems.ts';
import { pathToFileURL } from 'node:url';
import { failed, NO_EVIDENCE, passed, type Finding, type SignatureFacts } from '@segl/ades/validation/facts';
import { gapsOf, missing, presentation, story, sessionRules } from '@segl/identity/evidence/policy-rules';
import type { LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import type { EvidenceFormat, MethodValidation, PackagingPolicy } from '@segl/identity/method';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { readFile } from 'node:fs/promises';
import { projectFile } from '@segl/server/paths';
import { readToken, type ReadToken } from './token.ts';

export const FORMAT = 'urn:example:format:bluebird-token';
export const POLICY = 'urn:example:packagingpolicy:bluebird:1.0';

export const folder = (...parts: string[]): URL =>
  pathToFileURL(projectFile('test', 'identity', 'methods', 'bluebird', ...parts));

export const formats: readonly EvidenceFormat[] = [
  { id: FORMAT, mimeType: 'application/jwt', version: '1.0', title: 'Bluebird token' },
];

/** What is wrong with a packaged token, check by check; undefined where nothing is. */
function problemsOf(
  token: ReadToken,
  { signer, document }: Pick<LtvSdoContent, 'signer' | 'document'>,
  anchors: readonly Uint8Array[],
): readonly (readonly [check: string, problem: Problem | undefined])[] {
  const isOurs = anchors.some((der) => Buffer.compare(der, token.certificate) === 0);
  return [
    ['core', token.holds ? undefined : bluebirdProblems.of('bluebird/signature')],
    ['provider', isOurs ? undefined : bluebirdProblems.of('bluebird/other-provider')],
    [
      'signer',
      token.claims.sub === signer.uniqueId ? undefined : bluebirdProblems.of('bluebird/other-signer'),
    ],
    [
      'document',
      token.claims.about === Buffer.from(document.sha256).toString('hex')
        ? undefined
        : bluebirdProblems.of('bluebird/other-document'),
    ],
  ];
}

export const policies: readonly PackagingPolicy[] = [
  {
    urn: POLICY,
    title: 'Packaging of Bluebird signatures',
    text: folder('packaging-policy-bluebird-1.0.txt'),
    applies: ({ format, handwritten }) => format === FORMAT && !handwritten,
    gaps: gapsOf([
      ...sessionRules,
      ['B1', presentation],
      ['B2', ({ verificationAuditTrail }) => missing(verificationAuditTrail, 'verified-core')],
      ['B3', ({ verificationAuditTrail }) => missing(verificationAuditTrail, 'bluebird-flew')],
      ['B4', story],
    ]),
    verify(content, anchors) {
      const token = readToken(content.native.bytes);
      const wrong = token
        ? problemsOf(token, content, anchors).find(([, problem]) => problem !== undefined)?.[1]
        : bluebirdProblems.of('bluebird/no-token');
      if (!token || wrong !== undefined)
        throw bluebirdProblems.error('EVIDENCE_INVALID', {
          why: wrong ?? bluebirdProblems.of('bluebird/no-token'),
        });
      return { path: [parseCertificate(token.certificate)] };
    },
  },
];

function factsOf(bytes: Uint8Array, findings: (token: ReadToken) => Finding[]): SignatureFacts {
  const token = readToken(bytes);
  return {
    format: 'Bluebird',
    findings: token
      ? findings(token)
      : [failed('format', 'token', 'FORMAT_FAILURE', bluebirdProblems.of('bluebird/no-token'))],
    certificates: [],
    algorithms: token ? [{ scheme: 'EC', digest: 'sha256', key: token.key }] : [],
    ...(token && { name: token.claims.name, core: { signed: token.signed, value: token.value } }),
    stamps: [],
    evidence: NO_EVIDENCE,
    role: 'native',
    freshness: 'fresh',
  };
}

interface Trust {
  readonly anchors: readonly Uint8Array[];
}

export const validation: MethodValidation<Trust> = {
  async trust(variables): Promise<Trust> {
    const file = variables['BLUEBIRD_TRUST_FILE'];
    return { anchors: file ? certificatesFromPem(await readFile(file, 'utf8')) : [] };
  },
  anchors: ({ anchors }) => anchors,
  readers: () => [],
  readNative: (content, { anchors }) => ({
    facts: factsOf(content.native.bytes, (token) =>
      problemsOf(token, content, anchors).map(([check, problem]) =>
        problem === undefined
          ? passed('constraints', check)
          : failed('constraints', check, 'SIG_CONSTRAINTS_FAILURE', problem),
      ),
    ),
    documents: [],
    isXml: false,
  }),
};
