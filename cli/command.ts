/** What all commands have in common: how they are asked to work beside a sandbox, and what their exit codes mean. */
import { InvalidArgumentError, Option, type Command } from 'commander';

export type Env = Readonly<Record<string, string | undefined>>;

/** Exit codes of every command; `segl verify` and `segl judge` tell their verdicts by more. */
export const EXIT = {
  /** It failed, or what it looked at is not in order. */
  failed: 1,
  /** The command line cannot be understood; nothing was done. */
  misused: 2,
} as const;

/** Adds `--sandbox` to a command that works beside one. */
export const besideSandbox = (command: Command): Command =>
  command.addOption(new Option('--sandbox', 'with the sandbox, as SANDBOX=on'));

/** What such a command was asked for. */
export interface BesideSandbox {
  readonly sandbox?: boolean;
}

/** The settings of such a command: those of the environment, and the sandbox where it was asked for. */
export const settingsOf = (env: Env, { sandbox }: BesideSandbox): Env =>
  sandbox ? { ...env, SANDBOX: 'on' } : env;

/** Reads an option's whole number from 1 to `most`. */
export const upTo =
  (most: number) =>
  (text: string): number => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= 1 && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };

/** Reads an option's day (2026-01-31) or time (2026-01-31T12:00Z). */
export function dayOrTime(text: string): Date {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError('It must be a day (2026-01-31) or a time (2026-01-31T12:00Z).');
}

/** Reads an option that may be given more than once. */
export const another = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
