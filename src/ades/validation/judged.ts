/** What was judged of a file, before its conclusion is drawn. */
import type { ExtractedDocument } from './documents.ts';
import type { SignatureFacts } from './facts.ts';
import { judgeSignature, type ProcessContext } from './process.ts';
import type { SignatureReport, ValidationReport } from './reports/report.ts';
import type { XmlPart } from './second-opinion.ts';

export type Judged = Omit<
  ValidationReport,
  'indication' | 'subIndication' | 'format' | 'sha256' | 'bytes' | 'validatedAt' | 'documents'
> & {
  readonly documents: readonly ExtractedDocument[];
  /** For the second opinion. */
  readonly xml: readonly XmlPart[];
};

export const NOTHING = { signatures: [], documents: [], parts: [], xml: [] } as const;

export const idsOf = (signatures: readonly SignatureReport[]): string[] => signatures.map(({ id }) => id);

/** `signature-1`, `signature-2` … in the order given. */
export async function judgeAll(
  facts: readonly SignatureFacts[],
  context: ProcessContext,
): Promise<SignatureReport[]> {
  const reports: SignatureReport[] = [];
  for (const [index, one] of facts.entries()) {
    reports.push(await judgeSignature(one, `signature-${index + 1}`, context));
  }
  return reports;
}
