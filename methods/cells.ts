/** The cells of the table that are walked, and which methods of the project have a row. */
import { builtIn } from '@segl/identity/methods/index';
import { CASES, type Case } from './cases.ts';
import { KINDS, TABLE, type Kind } from './table.ts';
import { WAYS, type Way } from './walker.ts';

export interface WalkedCell {
  readonly kind: Kind;
  readonly name: Case;
  readonly way: Way;
}

export const cells = (): readonly WalkedCell[] =>
  KINDS.flatMap((kind) =>
    CASES.flatMap((name) => {
      const cell = TABLE[kind].cases[name];
      return 'cannot' in cell ? [] : WAYS.map((way) => ({ kind, name, way }));
    }),
  );

/**
 * Methods that come along and have no row: by their module, by their kind of provider where one module has several that act
 * differently, and by each switch that makes a method act differently.
 */
export function uncovered(): readonly string[] {
  const covered = new Set(Object.values(TABLE).flatMap(({ covers }) => covers));
  const needed = builtIn.flatMap(({ id, providers }) => {
    const eids = Object.values(providers?.profiles ?? {}).flatMap(({ eids, others }) => [
      ...Object.values(eids),
      ...(others ? [others] : []),
    ]);
    return [id, ...eids.flatMap(({ switches = [] }) => switches.map((name) => `${id}+${name}`))];
  });
  const has = (name: string): boolean =>
    [...covered].some((one) => one === name || one.startsWith(`${name}/`));
  return [...new Set(needed)].filter((name) => !has(name));
}
