/** Public and private service providers: who may ask what about numbers of persons. */
import type { CprMode } from './cpr/cpr-service.ts';

export const CPR_MODES = ['match', 'lookup', 'none'] as const satisfies readonly CprMode[];
export const SECTORS = ['private', 'public'] as const;
export type Sector = (typeof SECTORS)[number];

/** Only public bodies may look up. */
export const mayUse = (mode: CprMode, sector: Sector): boolean => mode !== 'lookup' || sector === 'public';
