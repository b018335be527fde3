/**
 * How documents are bound to a native signature. Three conventions were in use: the PDF as a property `attachedpdf`,
 * documents as signed objects of their own (OpenSign), and a list of digests in a property (Signicat, Penneo). A PDF
 * may also be the sign text itself.
 */
import { createHash } from 'node:crypto';
import type { NativeMessage } from './evidence/message.ts';
import { DIGEST_LIST, readDigestList, type ListedDocument } from './client/digest-list.ts';
import { refused } from './refusal.ts';
import { isPdfFile } from './client/signed-text.ts';

export const bindingForms = ['attachedpdf', 'signed-object', 'sign-text', 'digest-list'] as const;
export type BindingForm = (typeof bindingForms)[number];

/** A document that the signature covers: its bytes, or digests of them. */
export interface BoundDocument {
  readonly form: BindingForm;
  /** Name within the message: of the property or object, or as the list calls it. */
  readonly name: string;
  readonly mimeType?: string;
  readonly bytes?: Uint8Array;
  readonly digests?: ListedDocument['digests'];
}

/** Properties that hold a list of digests, in lower case. */
const LISTS = [DIGEST_LIST, 'document_digests'] as const;

/** Whether a message binds documents at all, be it in a list that cannot be read. */
export const bindsDocuments = ({ objects, properties }: NativeMessage): boolean =>
  objects.length > 0 || ['attachedpdf', ...LISTS].some((name) => properties.has(name));

/** Every document that a message binds. Throws NATIVE_SIGNATURE_REFUSED {check: attached-document} for unreadable lists. */
export function readBindings(message: NativeMessage): BoundDocument[] {
  const attached = message.properties.get('attachedpdf');
  const text = message.properties.get('signtext')?.value;
  return [
    ...(attached
      ? [{ form: 'attachedpdf' as const, name: attached.name, bytes: unwrap(attached.value) }]
      : []),
    ...message.objects.map(({ id, title, mimeType, bytes }): BoundDocument => ({
      form: 'signed-object',
      name: title ?? id,
      ...(mimeType === undefined ? {} : { mimeType }),
      bytes,
    })),
    ...(text && isPdfFile(text) ? [{ form: 'sign-text' as const, name: 'signtext', bytes: text }] : []),
    ...LISTS.flatMap((name) => listed(message, name)),
  ];
}

/**
 * Whether a bound document is `document`: byte for byte, or by each of the digests that are given. A digest list is only
 * as good as all of its digests.
 */
export function binds(bound: BoundDocument, document: Uint8Array): boolean {
  if (bound.bytes) return Buffer.compare(bound.bytes, document) === 0;
  const digests = bound.digests ?? [];
  return (
    digests.length > 0 &&
    digests.every(({ hash, value }) => createHash(hash).update(document).digest().equals(value))
  );
}

/**
 * SIGN_PROPERTIES carry base64, and clients differ in whether they decode it before they encode the property: what is
 * left may be base64 once more. It is taken off only when nothing else can be meant.
 */
function unwrap(value: Uint8Array): Uint8Array {
  if (isPdfFile(value)) return value;
  const text = Buffer.from(value).toString('latin1').replace(/\s+/g, '');
  const decoded = Buffer.from(text, 'base64');
  return decoded.toString('base64') === text ? decoded : value;
}

function listed({ properties }: NativeMessage, name: (typeof LISTS)[number]): BoundDocument[] {
  const property = properties.get(name);
  if (!property) return [];
  const list = readDigestList(property.name, property.value);
  if (!Array.isArray(list)) throw refused('attached-document', list);
  return list.map((document) => ({ form: 'digest-list', ...document }));
}
