import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../../problems.ts';

/** The error for a PDF that cannot be offered as a form; `why` completes "The PDF cannot be filled in here: …". */
export const formRefused = (why: Problem): SeglError => serverProblems.error('FORM_PDF_REFUSED', { why });
