/** Writes a page: one eta template inside the layout, in one language, with the headers that pages carry. */
import { Eta } from 'eta';
import type { FastifyReply } from 'fastify';
import { projectFile } from '../../paths.ts';
import { setPageHeaders } from './headers.ts';
import { Profiles } from './profiles.ts';
import { TextLibrary, type Language, type MethodTexts, type Translate } from './texts.ts';

export type PageName =
  | 'authenticate'
  | 'upload'
  | 'form'
  | 'read'
  | 'choose-method'
  | 'declare'
  | 'sign'
  | 'identify'
  | 'returning'
  | 'send-in'
  | 'finishing'
  | 'done'
  | 'rejected'
  | 'left'
  | 'login'
  | 'choose-login'
  | 'answer'
  | 'tasks'
  | 'verify'
  | 'error';

export interface Page {
  readonly name: PageName;
  readonly language: Language;
  /** HTTP status; 200 unless told. */
  readonly status?: number;
  /** Text key of a message about what the signer just tried, shown at the top. */
  readonly notice?: string;
  /** Origin that the page frames, if any. */
  readonly frameOrigin?: string;
  /** What the template shows; its `it` beside `t`, `language`, `step` and `notice`. */
  readonly data: Readonly<Record<string, unknown>>;
}

export class Pages {
  readonly texts: TextLibrary;
  readonly profiles: Profiles;
  readonly #eta = new Eta({
    views: projectFile('templates', 'portal'),
    autoEscape: true,
    cache: true,
    autoTrim: [false, 'nl'],
  });

  /** `profilesDir`: see Profiles; unset: those that come along. `methods`: whose texts belong to the library. */
  constructor(profilesDir?: string, methods: readonly MethodTexts[] = []) {
    this.texts = new TextLibrary(methods);
    this.profiles = new Profiles(profilesDir ?? projectFile('templates', 'profiles'));
  }

  send(reply: FastifyReply, page: Page): FastifyReply {
    const t = this.texts.translator(page.language);
    const html = this.#eta.render(`/${page.name}`, {
      ...page.data,
      t,
      m: this.#methodText(t, page.data),
      language: page.language,
      step: page.name,
      notice: page.notice,
    });
    setPageHeaders(reply, page.frameOrigin);
    return reply.code(page.status ?? 200).send(html);
  }

  /** Texts about the method of a page (`method`, `module`): its own where it has one, else those of all methods. */
  #methodText(t: Translate, { method, module }: Page['data']): Translate {
    return (key, params = {}) => {
      const own = `${String(module)}.${key}`;
      return t(this.texts.has(own) ? own : key, { method: String(method), ...params });
    };
  }
}

/** JSON that may stand inside a script element: no tag can begin in it. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<\u2028\u2029]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
