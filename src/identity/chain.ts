/**
 * A chain of methods: one signer uses several, one after the other, on the same documents. Its name stands for a list of names
 * that sign; the drawing on our own page is a link as well, and the last one.
 */

import type { CatalogueEntry } from './method.ts';

type Titles = Pick<CatalogueEntry, 'title' | 'titles'>;

/** The link that is drawn by hand; it tells nobody's identity. */
export const INK = 'ink';

/** As people know it. */
export const DRAWING: Titles = { title: 'Handwriting', titles: { da: 'Håndskrift' } };

/** Links of a chain; more would be asked of nobody. */
export const MOST_LINKS = 4;

/** Two to four different names, the drawing last if at all, and not alone. */
export const isChain = (links: unknown): links is readonly string[] =>
  Array.isArray(links) &&
  links.every((link) => typeof link === 'string' && link !== '') &&
  links.length >= 2 &&
  links.length <= MOST_LINKS &&
  new Set(links).size === links.length &&
  !links.slice(0, -1).includes(INK);

/** The links that a method makes. */
export const methodLinks = (chain: readonly string[]): readonly string[] =>
  chain.filter((link) => link !== INK);
