/** Invalid values in English, as `element: what is wrong`. */
import type { InvalidValue } from '../../src/server/domain/order/invalid-value.ts';
import { serverProblems } from '../../src/server/problems.ts';

export const inEnglish = (values: readonly InvalidValue[]): string[] =>
  values.map(({ element, problem }) => `${element}: ${serverProblems.catalogue.text(problem, 'en')}`);
