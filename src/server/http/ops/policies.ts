/**
 * The published policies, each at an address of its own for good, and next to them the trust anchors that appendix A
 * and B of the packaging policies speak of.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { POLICIES, readPolicy, type PolicyId } from '@segl/identity/evidence/ltvsdo/policy';
import type { PackagingPolicy } from '@segl/identity/method';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { escapeHtml, page, sendPage } from './page.ts';

/** DER. */
export interface PublishedAnchors {
  /** Appendix A: where paths of native signatures end. */
  readonly signers: readonly Uint8Array[];
  /** Appendix B: where paths of seals end. */
  readonly seal: readonly Uint8Array[];
}

const TITLES = {
  'urn:segl:packagingpolicy:ltv:wsd:1.1:1.0': 'Packaging of witnessed signatures',
  'urn:segl:packagingpolicy:ltv:wsd:1.1:1.1': 'Packaging of signatures witnessed by identity evidence',
  'urn:segl:packagingpolicy:ltv:wsd:1.1:1.2': 'Packaging of signatures witnessed together',
  'urn:segl:packagingpolicy:ltv:wsd:1.1:1.3':
    'Packaging of signatures witnessed together by identity evidence',
  'urn:segl:signaturepolicy:seal:1.0': 'Signature policy of the seal',
  'urn:segl:signaturepolicy:wsd:1.0': 'Signature policy of witnessed signatures',
} as const satisfies Record<PolicyId, string>;

interface Text {
  readonly id: string;
  readonly title: string;
  /** Nothing is made under it any more. It stays published: packages refer to it. */
  readonly earlier: boolean;
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

function published({ id, title, earlier, fileName, bytes }: Text) {
  const sha256 = createHash('sha256').update(bytes).digest();
  return {
    ...{ id, title, earlier, fileName, bytes },
    path: `/policy/${fileName}`,
    hex: sha256.toString('hex'),
    base64: sha256.toString('base64'),
  };
}

/** Every policy text, with what tells it apart from any other: those of identity methods, then those of seals and witnesses. */
export const publishedPolicies = (methods: readonly PackagingPolicy[]) => [
  ...methods.map(({ urn: id, title, earlier = false, text }) =>
    published({ id, title, earlier, fileName: basename(fileURLToPath(text)), bytes: readFileSync(text) }),
  ),
  ...POLICIES.map((id) => published({ ...readPolicy(id), title: TITLES[id], earlier: false })),
];

export type Published = ReturnType<typeof publishedPolicies>[number];

const ANCHORS = [
  {
    kind: 'signers',
    path: '/policy/signer-anchors.pem',
    title: 'Appendix A: trust anchors of native signatures',
  },
  { kind: 'seal', path: '/policy/seal-anchors.pem', title: 'Appendix B: trust anchors of the seal' },
] as const;

const code = (text: string): string => `<code>${escapeHtml(text)}</code>`;

const listed = ({ path, title, id, hex, base64 }: Published): string => `
        <li><a href="${path}">${escapeHtml(title)}</a><br>
          <span class="hint">${code(id)}<br>SHA-256 ${code(hex)}<br>in base64, as seals carry it: ${code(base64)}</span></li>`;

const anchorListed = (der: Uint8Array): string => {
  const { subjectDn, fingerprint } = parseCertificate(der);
  return `
        <li>${escapeHtml(subjectDn)}<br><span class="hint">SHA-256 ${code(fingerprint)}</span></li>`;
};

function indexPage(all: readonly Published[], anchors: PublishedAnchors): string {
  const list = (policies: readonly Published[]): string => `<ul>${policies.map(listed).join('')}</ul>`;
  const appendices = ANCHORS.map(
    ({ kind, path, title }) =>
      `<h2>${title}</h2>
        <ul>${anchors[kind].map(anchorListed).join('')}</ul>
        <p><a href="${path}">As a PEM file</a></p>`,
  );
  return page(
    'Published policies · Segl',
    `<h1>Published policies</h1>
        <p>How signatures are made, verified, packaged and sealed here. Packages and seals name these texts by their
        identifiers; a seal carries the SHA-256 of its policy as well. A text never changes: a new one gets a new
        identifier and address. <a href="/policy/SHA256SUMS">SHA256SUMS</a> has all hashes.</p>
        ${list(all.filter(({ earlier }) => !earlier))}
        <h2>Earlier versions</h2>
        <p>Nothing is made under them any more; what was made stays valid.</p>
        ${list(all.filter(({ earlier }) => earlier))}
        ${appendices.join('\n        ')}`,
  );
}

/** Routes: /policy/ · /policy/NAME.txt · /policy/SHA256SUMS · /policy/signer-anchors.pem · /policy/seal-anchors.pem */
export function publishPolicies(
  app: FastifyInstance,
  all: readonly Published[],
  anchors: PublishedAnchors,
): void {
  const index = indexPage(all, anchors);
  app.get('/policy', (_request, reply) => reply.redirect('/policy/', 308));
  app.get('/policy/', (_request, reply) => sendPage(reply, index));
  for (const { path, bytes, hex, base64 } of all) {
    // the seal carries the hash of these bytes: they are served as they are
    app.get(path, (_request, reply) =>
      reply
        .type('text/plain; charset=utf-8')
        .headers({
          'cache-control': 'public, max-age=31536000, immutable',
          etag: `"${hex}"`,
          // RFC 9530
          'repr-digest': `sha-256=:${base64}:`,
          'x-content-type-options': 'nosniff',
        })
        .send(bytes),
    );
  }
  const sums = all.map(({ hex, fileName }) => `${hex}  ${fileName}\n`).join('');
  app.get('/policy/SHA256SUMS', (_request, reply) => reply.type('text/plain; charset=utf-8').send(sums));
  for (const { kind, path } of ANCHORS) {
    const pem = certificatesToPem(anchors[kind]);
    app.get(path, (_request, reply) => reply.type('application/x-pem-file').send(pem));
  }
}
