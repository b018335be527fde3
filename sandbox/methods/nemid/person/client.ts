import { simulatorProblems } from '../problems.ts';
import type { ClientView } from '../client/client-session.ts';
import type { TestPerson } from '../persons.ts';
import type { Browser } from '../../../person/browser.ts';

/** What the test tools tell of a person. */
export async function findPerson(browser: Browser, sandboxUrl: string, user: string): Promise<TestPerson> {
  const { status, value } = await browser.json(
    `${sandboxUrl}/testtools/api/persons/${encodeURIComponent(user)}`,
  );
  if (status !== 200) throw simulatorProblems.error('PERSON_UNKNOWN', { user });
  return value as TestPerson;
}

/**
 * Goes through the NemID client as its script does, with the person's password and the key from the person's card.
 * Gives base64 of the signed message, or of an error code when the client ends with one.
 */
export async function useNemId(
  browser: Browser,
  sandboxUrl: string,
  person: TestPerson,
  page: { parameters: Readonly<Record<string, string>>; origin: string },
): Promise<string> {
  const call = async (step: string, body: unknown): Promise<ClientView> => {
    const { status, value } = await browser.json(`${sandboxUrl}/launcher/api/${step}`, body);
    if (status !== 200) {
      throw simulatorProblems.error('UNAVAILABLE', {
        what: simulatorProblems.of('sandbox/client-server', { step, status }),
      });
    }
    return value as ClientView;
  };

  let view = await call('start', { parameters: JSON.stringify(page.parameters), origin: page.origin });
  if (view.view !== 'user') return responseOf(view);
  const { session } = view;
  view = await call('password', { session, userId: person.userId, password: person.password });
  if (view.view !== 'key') return responseOf(view);
  const { card, number } = view;
  const { value } = await browser.json(`${sandboxUrl}/testtools/api/key`, { card, number });
  view = await call('key', { session, key: (value as { key?: string }).key ?? '' });
  if (view.view === 'sign') view = await call('sign', { session });
  return responseOf(view);
}

function responseOf(view: ClientView): string {
  if (view.view === 'end') return view.response;
  throw simulatorProblems.error('UNAVAILABLE', {
    what: simulatorProblems.of('sandbox/client-stuck', { view: view.view }),
  });
}
