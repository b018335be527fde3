import { templatesIn } from '../../templates.ts';

/** A page of the simulator's `templates/`; values are escaped. */
export const render = templatesIn('methods/oidc/templates');
