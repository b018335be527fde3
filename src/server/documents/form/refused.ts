import { SeglError } from '../../../problem/errors.ts';

/** The error for a PDF that cannot be offered as a form; `why` completes "The PDF cannot be filled in here: …". */
export const formRefused = (why: string): SeglError => new SeglError('FORM_PDF_REFUSED', { why });
