import { createPrivateKey, sign } from 'node:crypto';
import type { CodeFileMessage } from '../codefile/service.ts';
import type { Browser } from '../../../person/browser.ts';

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
