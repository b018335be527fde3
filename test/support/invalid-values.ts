/** Invalid values in English, as `element: what is wrong`. */
import type { InvalidValue } from '@segl/server/domain/order/invalid-value';
import { serverProblems } from '@segl/server/problems';

export const inEnglish = (values: readonly InvalidValue[]): string[] =>
  values.map(({ element, problem }) => `${element}: ${serverProblems.catalogue.text(problem, 'en')}`);
