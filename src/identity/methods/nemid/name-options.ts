/** What a name asks for, as METHODS_FILE may say it of any name: whose certificates count, and which client opens. */
import { object, oneOf } from '../../evidence/identity/shape.ts';
import type { CatalogueEntry } from '../../method.ts';
import type { OcesType } from '../../oces/certificate.ts';
import { nemidProblems } from './problems.ts';

/** Private persons (POCES), or employees of a company (MOCES). */
export type Holders = 'persons' | 'employees';

/** With a key card or app; or with a key in a file, which only employees have. */
export type ClientKind = 'launcher' | 'codefile';

export interface NameOptions {
  readonly holders: Holders;
  readonly client: ClientKind;
}

const TYPES: Readonly<Record<Holders, OcesType>> = { persons: 'POCES', employees: 'MOCES' };

/** The only type of certificate that may sign or log on. */
export const typeOf = (holders: Holders): OcesType => TYPES[holders];

const shape = object({}, { holders: oneOf('persons', 'employees'), client: oneOf('launcher', 'codefile') });

/** Throws CONFIG_INVALID. */
export function readNameOptions({ name, options }: CatalogueEntry): NameOptions {
  const wrong = shape(options, '');
  const { holders = 'persons', client = 'launcher' }: Partial<NameOptions> =
    wrong === undefined ? options : {};
  const unfit = wrong ?? (client === 'codefile' && holders === 'persons' ? '/client' : undefined);
  if (unfit === undefined) return { holders, client };
  const problems = [nemidProblems.of('nemid/option', { name, option: unfit.slice(1) })];
  throw nemidProblems.error('CONFIG_INVALID', { problems });
}
