/** Somebody with an authenticator in software: registers it after MitID, and signs with it as it is told to. */
import { approveInApp } from '@segl/sandbox/methods/oidc/person';
import {
  getAssertion,
  makeCredential,
  type AlgorithmName,
  type CreationOptions,
  type Lies,
  type RequestOptions,
  type SoftKey,
} from '@segl/sandbox/methods/passkey/authenticator';
import { Browser } from '@segl/sandbox/person/browser';
import type { Signer } from './signatures/signer.ts';

/** What the page has its script ask for. */
export const optionsOf = (
  signer: Signer,
): { readonly get: RequestOptions } & { readonly create: CreationOptions } => {
  const { options } = signer.page;
  if (typeof options !== 'object' || options === null)
    throw new Error(`the step ${signer.page.step} has no options`);
  return options as ReturnType<typeof optionsOf>;
};

const originOf = (signer: Signer): string => new URL(signer.url).origin;

/** Goes to the provider that the page leads to, and back. */
export async function approve(signer: Signer, userId: string): Promise<void> {
  const { continueUrl } = signer.page;
  if (continueUrl === undefined) throw new Error(`the step ${signer.page.step} leads nowhere`);
  await signer.open(await approveInApp(new Browser('en'), continueUrl, { userId }));
}

/** Registers what the page offers. Gives the key, and what was sent. */
export async function register(
  signer: Signer,
  how: Lies & { readonly algorithm?: AlgorithmName; readonly synced?: boolean } = {},
): Promise<{ readonly key: SoftKey; readonly sent: string }> {
  const { key, response } = makeCredential(optionsOf(signer).create, originOf(signer), how);
  const { clientDataJSON, attestationObject, transports } = response.response;
  const sent = JSON.stringify({ id: key.id, clientDataJSON, attestationObject, transports });
  await signer.send('enrol', { result: sent });
  return { key, sent };
}

/** What the page's script would send, signed with a key. */
export function answer(
  signer: Signer,
  key: SoftKey,
  lies: Lies = {},
): { readonly key: SoftKey; readonly sent: string } {
  const { key: used, response } = getAssertion(key, optionsOf(signer).get, originOf(signer), lies);
  return { key: used, sent: JSON.stringify({ id: response.id, ...response.response }) };
}
