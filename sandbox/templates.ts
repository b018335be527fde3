import { Eta } from 'eta';
import { projectFile } from '@segl/problem/paths';

const eta = new Eta({ views: projectFile('sandbox', 'templates'), cache: true, autoEscape: true });

/** A page of `sandbox/templates/`; values are escaped. */
export const render = (name: string, values: object): string => eta.render(name, values);
