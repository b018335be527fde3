/** The limits of methods, by the titles of the groups that they belong to. */
import type { Limit } from '../limit.ts';
import { limits as nemid } from './nemid/limits.ts';

export const methodLimits: readonly Readonly<Record<string, readonly Limit[]>>[] = [nemid];
