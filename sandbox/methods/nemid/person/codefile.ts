import { createPrivateKey, sign } from 'node:crypto';
import type { CodeFileMessage } from '../codefile/service.ts';
import type { TestPerson } from '../persons.ts';
import type { Browser } from '../../../person/browser.ts';

/** Whether parameters are those of the CodeFile client, whose values are its own. */
export const isForCodeFile = ({ CLIENTFLOW }: Readonly<Record<string, string>>): boolean =>
  CLIENTFLOW === 'login' || CLIENTFLOW === 'sign';

/** The same with the person's own key file, as the test tools give it. */
export async function useOwnKeyFile(
  browser: Browser,
  sandboxUrl: string,
  { userId }: TestPerson,
  page: { parameters: Readonly<Record<string, string>>; origin: string },
): Promise<string> {
  const password = 'sandbox';
  const address = `${sandboxUrl}/testtools/person/${encodeURIComponent(userId)}/keyfile`;
  const { body } = await browser.post(address, { password });
  return useCodeFile(browser, sandboxUrl, { pem: body, password }, page);
}

/**
 * Goes through the CodeFile client with a key file, as its script does. Gives base64 of the signed message, or of an
 * error code. Throws where the password does not open the file.
 */
export async function useCodeFile(
  browser: Browser,
  sandboxUrl: string,
  keyFile: { readonly pem: string; readonly password: string },
  page: { parameters: Readonly<Record<string, string>>; origin: string },
): Promise<string> {
  const key = createPrivateKey({ key: keyFile.pem, passphrase: keyFile.password });
  const { value } = await browser.json(`${sandboxUrl}/codefile/api/prepare`, {
    parameters: JSON.stringify(page.parameters),
    origin: page.origin,
    certificates: keyFile.pem.slice(keyFile.pem.indexOf('-----BEGIN CERTIFICATE')),
  });
  const message = value as CodeFileMessage;
  if ('code' in message) return Buffer.from(message.code).toString('base64');
  const signature = sign('sha256', Buffer.from(message.signedInfo, 'base64'), key);
  const lines = signature.toString('base64').match(/.{1,76}/g) ?? [];
  return Buffer.from(message.before + lines.join('\n') + message.after).toString('base64');
}
