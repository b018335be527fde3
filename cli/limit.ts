/** One row of the table of limits, and how its values are written. */
import { describeSettings } from '@segl/server/config/config';
import type { ErrorCode } from '@segl/server/problems';

/** `C`: codes of errors. */
export interface Limit<C extends string = string> {
  readonly what: string;
  /** Its value, or the setting that holds it. */
  readonly value: string;
  /** What happens beyond it: a code of the registry, or a few words where nothing is refused. */
  readonly beyond: C | { readonly instead: string };
  /** Where it is proved: a file below test/ without its ending, and the name of the test. Absent: it takes too much memory. */
  readonly test?: readonly [file: string, name: string];
}

/** Titles of the groups that methods have rows for. */
export const SIGNERS = 'What signers do';
export const EVIDENCE = 'What documents and evidence may hold';

export interface LimitGroup {
  readonly title: string;
  readonly limits: readonly Limit[];
}

export function bySetting(variable: string): string {
  const row = describeSettings().find((setting) => setting.variable === variable);
  if (!row) throw new Error(`There is no setting ${variable}`);
  return `\`${variable}\`, ${grouped(Number(row.fallback))} unless set`;
}

/** Thousands apart, as people read numbers. */
export const grouped = (number: number): string => number.toLocaleString('en-GB').replaceAll(',', ' ');

export const bytes = (number: number): string =>
  number >= 1 << 20
    ? `${number / (1 << 20)} MiB`
    : number >= 1 << 10
      ? `${number / (1 << 10)} KiB`
      : `${number} bytes`;

export const seconds = (ms: number): string => `${ms / 1000} seconds`;

export const limit = <C extends string = ErrorCode>(
  what: string,
  value: string | number,
  beyond: Limit<NoInfer<C>>['beyond'],
  ...[file, name]: readonly [file?: string, name?: string]
): Limit => ({
  what,
  value: typeof value === 'number' ? grouped(value) : value,
  beyond,
  ...(file !== undefined && name !== undefined && { test: [file, name] }),
});
