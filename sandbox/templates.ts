import { Eta } from 'eta';
import { packageFile } from '@segl/problem/paths';

const eta = new Eta({ views: packageFile(import.meta.url, 'templates'), cache: true, autoEscape: true });

/** A page of `sandbox/templates/`; values are escaped. */
export const render = (name: string, values: object): string => eta.render(name, values);
