import type { SeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';

/** The error for a PDF that cannot be offered as a form; `why` completes "The PDF cannot be filled in here: …". */
export const formRefused = (why: string): SeglError => serverProblems.error('FORM_PDF_REFUSED', { why });
