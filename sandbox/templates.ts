import { Eta } from 'eta';
import { packageFile } from '@segl/problem/paths';

const eta = new Eta({ views: packageFile(import.meta.url), cache: true, autoEscape: true });

/** Renders pages of the templates in `folder`, which lies in the sandbox; values are escaped. */
export const templatesIn =
  (folder: string) =>
  (name: string, values: object): string =>
    eta.render(`/${folder}/${name}`, values);

/** A page of `sandbox/templates/`. */
export const render = templatesIn('templates');
