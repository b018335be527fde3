/** The interactive form of a PDF, as a person sees it. */
import type { DictObject, PdfDocument } from '@segl/ades/pdf/document';
import type { Box, Look } from './widget.ts';

export type PdfFieldKind = 'text' | 'lines' | 'check' | 'radio' | 'choice' | 'choices';

export interface PdfFieldOption {
  readonly value: string;
  readonly label: string;
}

/** One place of a field on a page. */
export interface PdfWidget {
  /** From 0. */
  readonly page: number;
  readonly box: Box;
  readonly look: Look;
  /** Of a check box or radio button: the value for which it is on. */
  readonly value?: string;
}

export interface PdfField {
  /** Full name, parts joined by dots. */
  readonly name: string;
  /** What readers are shown as its name. */
  readonly label: string;
  /** Where it is first met, from 1. */
  readonly page: number;
  readonly kind: PdfFieldKind;
  readonly required: boolean;
  readonly readOnly: boolean;
  /** Characters, of texts. */
  readonly maxLength?: number;
  /** Each character in a cell of its own, `maxLength` of them. */
  readonly comb: boolean;
  /** Of a choice: other texts than the options are allowed too. */
  readonly open: boolean;
  readonly options: readonly PdfFieldOption[];
  /** What the PDF has filled in. */
  readonly values: readonly string[];
  readonly widgets: readonly PdfWidget[];
}

export interface PdfForm {
  readonly document: PdfDocument;
  readonly pages: readonly DictObject[];
  /** In the order of pages, and of the tab key on each. */
  readonly fields: readonly PdfField[];
}

/** What a form may have at most. People do not fill in more; machines that try are refused early. */
export const FORM_LIMITS = { bytes: 20 << 20, fields: 1000, widgets: 4000, options: 20_000, text: 2000 };
