/**
 * Plays a test person over HTTP: opens a task, logs in, uploads, reads, signs, fills in what the eID asks for, sends in; or
 * goes through the tasks of a user session. No browser involved.
 */
import { setTimeout } from 'node:timers/promises';
import { isSeglError, type SeglError } from '@segl/problem/errors';
import { sandboxProblems } from '../problems.ts';
import { simulators } from '../methods/index.ts';
import type { Persona } from '../simulator.ts';
import { Browser, trustSandbox, type Answer, type FormFile } from './browser.ts';
import { readPage, type Page } from './page.ts';

export interface SignAsPerson {
  /** Of a task or of a user session. */
  readonly taskUrl: string;
  /** User id of a test person, e.g. `anna`. */
  readonly user: string;
  /** Id of the simulator whose person it is; by default whichever the page asks for. */
  readonly eid?: string;
  /** Name of the method that the person chooses where there is a choice; the first by default. */
  readonly method?: string;
  readonly sandboxUrl: string;
  /** Typed where the page asks for it; the person's own by default. */
  readonly nationalId?: string;
  /** The person registers for the next time, where a page offers it. */
  readonly registers?: boolean;
  /** Given wherever a document is to be uploaded. */
  readonly upload?: Omit<FormFile, 'field'>;
  /** Language of the person's browser. */
  readonly language?: 'da' | 'en';
  /** Told each step as it is done. */
  readonly log?: (step: string) => void;
}

export interface SignedAsPerson {
  /** Where the service sent the person in the end, as it was sent; absent when it ended on its own page. */
  readonly redirectedTo?: string;
  readonly steps: readonly string[];
}

// far more than any order needs, and an end to a page that never changes
const MOST_PAGES = 500;
const MOST_REDIRECTS = 5;
/** How often the person asks whether the service knows what was done in the app, and after how long again. */
const MOST_POLLS = 60;
const POLL_MS = 500;

interface Visit {
  readonly browser: Browser;
  /** The same person with each eID that they have; at least one. */
  readonly persons: readonly Persona[];
  readonly input: SignAsPerson;
  readonly done: (step: string) => void;
}

interface OpenPage {
  readonly url: string;
  readonly page: Page;
}

/** Where a form led: to the next page of the task, or out of it. */
type Next = OpenPage | { readonly redirectedTo: string };

const stuck = ({ url, page }: OpenPage): SeglError =>
  sandboxProblems.error('PERSON_STUCK', {
    url,
    step: [`step ${page.step ?? 'none'}`, page.errorCode].filter(Boolean).join(', '),
    text: page.text,
  });

/** Throws PERSON_UNKNOWN, and PERSON_STUCK with the page's visible text where it cannot go on. */
export async function signAsPerson(input: SignAsPerson): Promise<SignedAsPerson> {
  const steps: string[] = [];
  const done = (step: string): void => {
    steps.push(step);
    input.log?.(step);
  };
  const browser = new Browser(input.language ?? 'da');
  await trustSandbox(browser, input.sandboxUrl);
  const persons = await findPersons(browser, input);
  let current = await open(browser, input.taskUrl);
  done('opened the task');
  const visit: Visit = { browser, persons, input, done };

  for (let pages = 0; pages < MOST_PAGES; pages++) {
    if (current.page.step === 'done') {
      done('sent in');
      return { steps };
    }
    if (current.page.step === 'tasks' && !current.page.forms.has('open')) {
      done('went through the list');
      return { steps };
    }
    const next = await takeStep(visit, current);
    if ('redirectedTo' in next) {
      done(`sent in, and sent on to ${next.redirectedTo}`);
      return { redirectedTo: next.redirectedTo, steps };
    }
    // the page goes on by itself, as often as it takes
    if (isSameStep(current, next) && current.page.step !== 'finishing') throw stuck(next);
    if (next.page.step === 'tasks') done('sent in');
    current = next;
  }
  throw stuck(current);
}

/** Throws PERSON_UNKNOWN where no simulator knows the person. */
async function findPersons(browser: Browser, { user, eid, sandboxUrl }: SignAsPerson): Promise<Persona[]> {
  const persons: Persona[] = [];
  for (const simulator of simulators.filter(({ id }) => id === (eid ?? id))) {
    try {
      persons.push(await simulator.persona(browser, sandboxUrl, user));
    } catch (error) {
      if (!isSeglError(error, 'PERSON_UNKNOWN')) throw error;
    }
  }
  if (persons.every(({ isAnybody }) => isAnybody === true && eid === undefined))
    throw sandboxProblems.error('PERSON_UNKNOWN', { user });
  return persons;
}

/** A step that comes back unchanged says why on its page; trying it again would not help. */
const isSameStep = (before: OpenPage, after: OpenPage): boolean =>
  before.page.step === after.page.step &&
  before.page.documentId === after.page.documentId &&
  before.page.link === after.page.link;

async function open(browser: Browser, url: string): Promise<OpenPage> {
  let answer = await browser.get(url);
  for (let redirects = 0; answer.location !== undefined && redirects < MOST_REDIRECTS; redirects++) {
    answer = await browser.get(new URL(answer.location, answer.url).href);
  }
  return pageOf(answer);
}

function pageOf(answer: Answer): OpenPage {
  const opened = { url: answer.url, page: readPage(answer.body, answer.url) };
  if (answer.status !== 200 || opened.page.step === undefined) throw stuck(opened);
  return opened;
}

async function takeStep(visit: Visit, current: OpenPage): Promise<Next> {
  const { input, done } = visit;
  const [person] = visit.persons as [Persona, ...Persona[]];
  const documentId = current.page.documentId ?? '';
  switch (current.page.step ?? '') {
    case 'tasks': {
      const next = await submit(visit, current, 'open', {});
      done('opened the next task of the list');
      return next;
    }
    case 'authenticate': {
      const { next, eid } = await useEid(visit, current, 'login');
      done(`logged in with ${eid} as ${person.name}`);
      return next;
    }
    case 'upload': {
      if (!input.upload) throw stuck(current);
      const next = await submit(visit, current, 'upload', {}, { field: 'file', ...input.upload });
      done(`uploaded "${input.upload.name}" as document "${documentId}"`);
      return next;
    }
    case 'read': {
      await readDocument(visit, current, documentId);
      const next = await submit(visit, current, 'read', { read: 'yes' });
      done(`read document "${documentId}"`);
      return next;
    }
    case 'choose-method': {
      const wanted = `choose-method:${input.method ?? ''}`;
      const action = current.page.forms.has(wanted) ? wanted : 'choose-method';
      const next = await submit(visit, current, action, {});
      done(`chose how to sign document "${documentId}"`);
      return next;
    }
    case 'declare': {
      const { name } = person;
      const typed = { confirm: 'yes', hand: 'typed', typed: name, name };
      const next = await submit(visit, current, 'declare', typed);
      done(`declared to sign document "${documentId}"`);
      return next;
    }
    case 'sign': {
      const { next, eid } = await useEid(visit, current, 'signature');
      done(`signed document "${documentId}" with ${eid} as ${person.name}`);
      return next;
    }
    case 'identify': {
      const filled = visit.persons.find((one) => 'form' in one)?.form?.(input.nationalId);
      if (!filled) throw stuck(current);
      const next = await submit(visit, current, 'identify', filled.values);
      done(filled.done);
      return next;
    }
    case 'finishing':
      return submit(visit, current, 'send-in', {});
    case 'send-in':
      return submit(visit, await register(visit, current), 'send-in', {});
    default:
      throw stuck(current);
  }
}

/** In the frame of the page, or where the page leads: there and back. */
async function useEid(
  visit: Visit,
  current: OpenPage,
  action: 'login' | 'signature',
): Promise<{ readonly next: Next; readonly eid: string }> {
  const { persons, browser } = visit;
  const { continueUrl } = current.page;
  const kind = current.page.forms.get(action)?.fields['kind'];
  if (kind === 'poll') return waitInApp(visit, current, action);
  if (kind === 'fields') return fillIn(visit, current, action);
  const shown = shownOn(current);
  const person = persons.find((one) => shown in one);
  if (!person) throw stuck(current);
  const { eid } = person;
  if (shown === 'script') return { next: await runScript(visit, current, action), eid };
  if (continueUrl !== undefined && person.redirect)
    return { next: await open(browser, await person.redirect(continueUrl)), eid };
  const response = await person.frame!(signingOf(current));
  return { next: await submit(visit, current, action, { response }), eid };
}

/** By whoever the form is for; the page may wait for an app afterwards. */
async function fillIn(visit: Visit, current: OpenPage, action: string): ReturnType<typeof useEid> {
  const fields = Object.keys(current.page.forms.get(action)!.fields);
  for (const person of visit.persons) {
    const values = await person.answer?.(fields);
    if (!values) continue;
    const next = await submit(visit, current, action, values);
    const waits = 'page' in next && next.page.forms.get(action)?.fields['kind'] === 'poll';
    return waits ? waitInApp(visit, next, action) : { next, eid: person.eid };
  }
  throw stuck(current);
}

/** Approves in the app, and asks as the page does until it shows something else. */
async function waitInApp(visit: Visit, current: OpenPage, action: string): ReturnType<typeof useEid> {
  const person = visit.persons.find((one) => 'approve' in one);
  if (!person || current.page.code === undefined) throw stuck(current);
  await person.approve!(current.page.code);
  for (let asked = 0; asked < MOST_POLLS; asked++) {
    const next = await submit(visit, current, action, {});
    if (!('page' in next) || next.page.forms.get(action)?.fields['kind'] !== 'poll')
      return { next, eid: person.eid };
    await setTimeout(POLL_MS);
  }
  throw stuck(current);
}

const shownOn = ({ page: { continueUrl, signing } }: OpenPage): keyof Persona => {
  if (continueUrl !== undefined) return 'redirect';
  return signing === undefined ? 'script' : 'frame';
};

/** Does what the script of the page does, and sends what comes of it. */
async function runScript(visit: Visit, current: OpenPage, action: string): Promise<Next> {
  const person = visit.persons.find((one) => 'script' in one);
  if (!person) throw stuck(current);
  const result = await person.script!(current.page.options, new URL(current.url).origin);
  return submit(visit, current, action, { result: JSON.stringify(result) });
}

/** Takes the offer of the page, if there is one and the person is one who does. */
async function register(visit: Visit, current: OpenPage): Promise<OpenPage> {
  if (visit.input.registers !== true || !current.page.forms.has('enrol')) return current;
  const next = await runScript(visit, current, 'enrol');
  if ('redirectedTo' in next || next.page.step !== 'send-in') throw stuck(current);
  visit.done('registered for the next time');
  return next;
}

async function readDocument({ browser }: Visit, current: OpenPage, documentId: string): Promise<void> {
  const { origin, pathname } = new URL(current.url);
  const url = `${origin}${pathname}/document/${encodeURIComponent(documentId)}`;
  const answer = await browser.get(url);
  if (answer.status !== 200) throw stuck({ url, page: readPage(answer.body, url) });
}

function signingOf(current: OpenPage): { parameters: Record<string, string>; origin: string } {
  const { signing } = current.page;
  const parameters =
    typeof signing === 'object' && signing !== null && 'parameters' in signing && signing.parameters;
  if (!parameters) throw stuck(current);
  return { parameters: parameters as Record<string, string>, origin: new URL(current.url).origin };
}

/** Sends a form of the page and follows the answer as long as it stays on the portal's own pages. */
async function submit(
  { browser }: Visit,
  current: OpenPage,
  action: string,
  typed: Readonly<Record<string, string>>,
  file?: FormFile,
): Promise<Next> {
  const form = current.page.forms.get(action);
  if (!form) throw stuck(current);
  return follow(browser, await browser.post(form.action, { ...form.fields, ...typed }, file));
}

async function follow(browser: Browser, answer: Answer): Promise<Next> {
  if (answer.location === undefined) return pageOf(answer);
  const from = new URL(answer.url);
  const target = URL.canParse(answer.location, from.href) ? new URL(answer.location, from) : undefined;
  const stays = target?.origin === from.origin && /^\/std\/(?:task|session)\/\w+$/.test(target.pathname);
  return stays ? follow(browser, await browser.get(target.href)) : { redirectedTo: answer.location };
}
