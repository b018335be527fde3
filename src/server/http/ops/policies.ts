/**
 * The published policies, each at an address of its own for good, and next to them the trust anchors that appendix A
 * and B of the packaging policies speak of.
 */
import type { FastifyInstance } from 'fastify';
import {
  NEMID_PACKAGING_POLICY_1_0,
  POLICIES,
  readPolicy,
  type PolicyId,
} from '@segl/identity/evidence/ltvsdo/policy';
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

const POLICY_TITLES = {
  'urn:segl:packagingpolicy:ltv:nemid:1.1:1.1': 'Packaging of NemID signatures',
  'urn:segl:packagingpolicy:ltv:nemid:1.1:1.0': 'Packaging of NemID signatures, before',
  'urn:segl:packagingpolicy:ltv:nemid-handwritten:1.1:1.0': 'Packaging of NemID signatures with handwriting',
  'urn:segl:packagingpolicy:ltv:nemid-without-cpr:1.1:1.0':
    'Packaging of NemID signatures without a CPR number',
  'urn:segl:packagingpolicy:ltv:wsd:1.1:1.0': 'Packaging of witnessed signatures',
  'urn:segl:signaturepolicy:seal:1.0': 'Signature policy of the seal',
  'urn:segl:signaturepolicy:wsd:1.0': 'Signature policy of witnessed signatures',
} as const satisfies Record<PolicyId, string>;

/** Those that nothing is made under any more. They stay published: packages refer to them. */
const EARLIER: readonly PolicyId[] = [NEMID_PACKAGING_POLICY_1_0];

/** Every policy text, with what tells it apart from any other. */
export const publishedPolicies = POLICIES.map((id) => {
  const { fileName, bytes, sha256 } = readPolicy(id);
  return {
    id,
    title: POLICY_TITLES[id],
    earlier: EARLIER.includes(id),
    path: `/policy/${fileName}`,
    fileName,
    bytes,
    hex: Buffer.from(sha256).toString('hex'),
    base64: Buffer.from(sha256).toString('base64'),
  };
});

type Published = (typeof publishedPolicies)[number];

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

function indexPage(anchors: PublishedAnchors): string {
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
        ${list(publishedPolicies.filter(({ earlier }) => !earlier))}
        <h2>Earlier versions</h2>
        <p>Nothing is made under them any more; what was made stays valid.</p>
        ${list(publishedPolicies.filter(({ earlier }) => earlier))}
        ${appendices.join('\n        ')}`,
  );
}

/** Routes: /policy/ · /policy/NAME.txt · /policy/SHA256SUMS · /policy/signer-anchors.pem · /policy/seal-anchors.pem */
export function publishPolicies(app: FastifyInstance, anchors: PublishedAnchors): void {
  const index = indexPage(anchors);
  app.get('/policy', (_request, reply) => reply.redirect('/policy/', 308));
  app.get('/policy/', (_request, reply) => sendPage(reply, index));
  for (const { path, bytes, hex, base64 } of publishedPolicies) {
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
  const sums = publishedPolicies.map(({ hex, fileName }) => `${hex}  ${fileName}\n`).join('');
  app.get('/policy/SHA256SUMS', (_request, reply) => reply.type('text/plain; charset=utf-8').send(sums));
  for (const { kind, path } of ANCHORS) {
    const pem = certificatesToPem(anchors[kind]);
    app.get(path, (_request, reply) => reply.type('application/x-pem-file').send(pem));
  }
}
