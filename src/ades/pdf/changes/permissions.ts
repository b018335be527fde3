/**
 * What signatures let come behind them: DocMDP (ISO 32000-2, 12.8.2.2), which an author certifies a document with and
 * later signers may narrow, FieldMDP (12.8.2.4), and the locks of signature fields (12.7.5.5). Validation data and document
 * time-stamps may always come (ETSI EN 319 142-1, 5.5).
 */
import type { PdfDocument } from '../document.ts';
import { signatureFields, type SignatureField } from '../form.ts';
import { isDict, nameOf, PdfString, type PdfDict } from '../objects.ts';
import { readTextString } from '../text-string.ts';

/** 1: nothing, 2: filling in forms and signing, 3: annotations too. */
export type PermissionLevel = 1 | 2 | 3;

export interface Permissions {
  /** Absent: the signature says nothing about it. */
  readonly level?: PermissionLevel;
  /** Whether the field of that full name may no longer be filled in or signed. */
  readonly locks: (name: string) => boolean;
}

const isLevel = (value: unknown): value is PermissionLevel => value === 1 || value === 2 || value === 3;

/** Of one signature of `document`. Parameters that cannot be understood permit nothing. Throws PDF_INVALID. */
export function permissionsOf(document: PdfDocument, { signature, lock }: SignatureField): Permissions {
  const levels: PermissionLevel[] = [];
  const locks: ((name: string) => boolean)[] = [];
  for (const item of document.array(signature?.get('Reference'), '/Reference')) {
    const reference = document.resolve(item);
    if (!isDict(reference)) continue;
    const method = nameOf(document.resolve(reference.get('TransformMethod')));
    const parameters = document.dict(reference.get('TransformParams'), '/TransformParams');
    if (method === 'DocMDP') levels.push(levelOf(document, parameters));
    if (method === 'FieldMDP' && parameters) locks.push(lockOf(document, parameters));
  }
  if (lock && signature) {
    locks.push(lockOf(document, lock));
    if (lock.has('P')) levels.push(levelOf(document, lock));
  }
  return {
    ...(levels.length > 0 && { level: Math.min(...levels) as PermissionLevel }),
    locks: (name) => locks.some((one) => one(name)),
  };
}

/** Table 257: 2 where it is not given. */
function levelOf(document: PdfDocument, parameters: PdfDict | undefined): PermissionLevel {
  const level = document.resolve(parameters?.get('P')) ?? 2;
  return isLevel(level) ? level : 1;
}

/** Tables 236 and 259. A name stands for the fields below it too. */
function lockOf(document: PdfDocument, dict: PdfDict): (name: string) => boolean {
  const action = nameOf(document.resolve(dict.get('Action')));
  const names = document.array(dict.get('Fields'), '/Fields').flatMap((item) => {
    const name = document.resolve(item);
    return name instanceof PdfString ? [readTextString(name)] : [];
  });
  const listed = (name: string): boolean => names.some((one) => name === one || name.startsWith(`${one}.`));
  if (action === 'Include') return listed;
  return action === 'Exclude' ? (name) => !listed(name) : () => true;
}

/**
 * What may be added without breaking what the signatures of a file vouch for: pages, attachments and signatures,
 * signatures that are not seen, or validation data and document time-stamps alone. Throws PDF_INVALID.
 */
export function permittedAdditions(document: PdfDocument): 'all' | 'signatures' | 'validation-data' {
  const permissions = signatureFields(document).map((field) => permissionsOf(document, field));
  const levels = permissions.flatMap(({ level }) => level ?? []);
  const certified = document.dict(document.catalog.dict.get('Perms'), '/Perms')?.has('DocMDP') === true;
  // a certification that no field has is none that could be understood
  if (certified && levels.length === 0) return 'validation-data';
  // no field has this name: it stands for those that are still to come
  if (levels.includes(1) || permissions.some(({ locks }) => locks(''))) return 'validation-data';
  return levels.length > 0 ? 'signatures' : 'all';
}
