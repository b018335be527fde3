/** Commands that methods bring. A module is loaded where its command is asked for. */
import type { Command } from 'commander';
import type { Env } from '../command.ts';

/** By their first word: what loads what adds them. */
export type Commands = Readonly<Record<string, () => Promise<(program: Command, env: Env) => void>>>;

export const methodCommands: Commands = {
  judge: async () => (await import('./nemid/judge.ts')).addJudge,
  passkey: async () => (await import('./passkey/command.ts')).addPasskeys,
};

/** Below `segl sandbox`, about what plays a method's provider. */
export const sandboxCommands: Commands = {
  user: async () => (await import('./nemid/sandbox-user.ts')).addUser,
};
