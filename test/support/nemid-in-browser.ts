/** The NemID client of the sandbox, used in a real browser as a person does. */
import type { FrameLocator, Page } from 'playwright-core';
import type { TestPerson } from '@segl/sandbox/methods/nemid/persons';

export const clientOf = (page: Page): FrameLocator => page.frameLocator('#eid-client');

/** Types user id and password on the client's first screen. */
export async function typePassword(page: Page, userId: string, password: string): Promise<void> {
  const client = clientOf(page);
  await client.locator('#userid').fill(userId);
  await client.locator('input[name=password]').fill(password);
  await client.locator('#user button.go').click();
}

/** Gives the key that is asked for, from the person's key card. */
export async function typeKey(page: Page, sandboxUrl: string): Promise<void> {
  const client = clientOf(page);
  const number = client.locator('#key-number');
  await number.waitFor({ state: 'visible' });
  const asked = {
    card: await client.locator('#card-serial').innerText(),
    number: (await number.innerText()).trim(),
  };
  const response = await fetch(`${sandboxUrl}/testtools/api/key`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
  });
  await client.locator('#otp').fill(((await response.json()) as { key: string }).key);
  await client.locator('#key button.go').click();
}

/** User id, password and key; where something is signed, the sign text comes next. */
export async function logOn(page: Page, sandboxUrl: string, person: TestPerson): Promise<void> {
  await typePassword(page, person.userId, person.password);
  await typeKey(page, sandboxUrl);
}
