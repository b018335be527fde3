/** What methods bring to the command line. One that is added here is part of it; commands are in `commands.ts`, limits in `limits.ts`. */
import nemid from './nemid/index.ts';
import type { CommandLinePart } from './part.ts';

export const methodParts: readonly CommandLinePart[] = [nemid];
