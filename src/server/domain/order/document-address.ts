/**
 * Addresses of documents under /doc. Their layout is part of the contract: clients build these URLs themselves, and
 * count their path segments.
 */

export type DocumentAddress =
  | { readonly kind: 'sds'; readonly service: string; readonly id: string }
  | { readonly kind: 'archive'; readonly service: string; readonly id: string }
  | {
      readonly kind: 'order';
      readonly service: string;
      readonly requestId: string;
      readonly taskId: string;
      readonly documentId: string;
      /** `generated`: the document made from a form. */
      readonly which: 'original' | 'generated' | 'sdo';
    };

/** Where documents are uploaded: no id yet. */
export interface UploadAddress {
  readonly kind: 'upload';
  readonly service: string;
}

const path = (...segments: string[]): string => `/doc/${segments.map(encodeURIComponent).join('/')}`;

/** Absolute URI on `baseUrl` (scheme and host, no slash at the end). */
export function documentUri(baseUrl: string, address: DocumentAddress): string {
  const { kind, service } = address;
  if (kind !== 'order') return baseUrl + path(service, kind, address.id);
  const { requestId, taskId, documentId, which } = address;
  return baseUrl + path(service, 'order', requestId, taskId, documentId, which);
}

function segmentsOf(requestTarget: string): string[] | undefined {
  const [pathname = ''] = requestTarget.split('?', 1);
  try {
    const segments = pathname.split('/').slice(1).map(decodeURIComponent);
    // no id has it, and the database takes no question with it
    return segments.some((segment) => segment.includes('\0')) ? undefined : segments;
  } catch {
    return undefined;
  }
}

/**
 * The address that a request target means, or undefined. Segments are decoded one by one, so that an id may hold any
 * character. Uploads go to `/sds`, `/sds/` and `/sds/'` (clients in the field use all three).
 */
export function parseDocumentTarget(requestTarget: string): DocumentAddress | UploadAddress | undefined {
  const segments = segmentsOf(requestTarget);
  if (!segments || segments[0] !== 'doc' || !segments[1]) return undefined;
  const [, service, kind, ...rest] = segments;
  const [first = '', second = '', third = '', which] = rest;
  if (kind === 'sds' && rest.length <= 1) {
    return first === '' || first === "'" ? { kind: 'upload', service } : { kind, service, id: first };
  }
  if (kind === 'archive' && rest.length === 1 && first !== '') return { kind, service, id: first };
  const known = which === 'original' || which === 'generated' || which === 'sdo';
  if (kind === 'order' && rest.length === 4 && known) {
    return { kind, service, requestId: first, taskId: second, documentId: third, which };
  }
  return undefined;
}
