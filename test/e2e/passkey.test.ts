/** Passkeys in a real browser with a virtual authenticator: registered after an eID, used to sign, cancelled, copied, removed. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import t from 'tap';
import { IDENTITY_PACKAGING_POLICY } from '@segl/identity/evidence/identity/policy';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import { systemClock } from '@segl/problem/clock';
import { openValidator } from '@segl/server/composition/validator';
import { openBrowser } from '../support/browser.ts';
import { orderOverSoap, startTestService, textDocument } from '../support/server/service.ts';
import { until } from '../support/server/running.ts';

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SEGL_SCREENSHOTS'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `passkey-${name}.png`), fullPage: true });
}

interface Credential {
  readonly credentialId: string;
  readonly privateKey: string;
  readonly signCount: number;
}

/** As a phone or a laptop has one: it knows its user, and keeps what it makes. */
async function addAuthenticator(
  cdp: CDPSession,
  more: Readonly<Record<string, boolean>> = {},
): Promise<string> {
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
      ...more,
    },
  });
  return authenticatorId;
}

t.test('registered after MitID, and used', async (t) => {
  const logged: string[] = [];
  const service = await startTestService(
    t,
    async (offered) => offered,
    (line) => logged.push(line),
  );
  const { application, backEnd } = service;
  const validator = await openValidator(application.context.config, { clock: systemClock });
  t.teardown(() => validator.close());
  const browser = await openBrowser(t);
  if (!browser) return;
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  const blocked: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|Refused/.test(message.text())) blocked.push(message.text());
  });
  const cdp = await context.newCDPSession(page);
  const authenticatorId = await addAuthenticator(cdp);

  const step = (name: string): Promise<unknown> => page.waitForSelector(`main[data-step=${name}]`);
  const refused = (): string | undefined => {
    const told = logged.map((line) => JSON.parse(line) as Readonly<Record<string, string | undefined>>);
    const last = told.findLast(({ msg }) => msg === 'signer must correct');
    return last && [last['code'], last['check']].filter(Boolean).join(' ');
  };
  const open = async (method: string): Promise<string> => {
    const requestId = await orderOverSoap(
      service,
      `${textDocument('doc', 'I promise to feed the birds.')}<task id="a"><document-action type="sign"><document-ref>doc</document-ref></document-action><signature><method>${method}</method></signature></task>`,
    );
    await page.goto(backEnd.taskUrl(requestId, 'a'));
    await step('read');
    await page.getByRole('checkbox').check();
    await page.locator('form[data-action=read] button').click();
    await step('sign');
    return requestId;
  };
  /** Signs with MitID up to the end. */
  const identify = async (person: string): Promise<void> => {
    await open('mitid');
    await page.locator('#continue').click();
    await step('app');
    await page.getByRole('combobox').first().selectOption(person);
    await page.locator('button[value=approve]').click();
    await step('send-in');
  };
  const sendIn = async (): Promise<void> => {
    await page.locator('form[data-action=send-in] button').click();
    await step('done');
  };
  const credentials = async (): Promise<readonly Credential[]> =>
    (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;

  await identify('bo');
  await picture(page, 'offer');
  await page.locator('#method-start').click();
  await page.getByText('Your passkey is registered').first().waitFor();
  t.equal(await page.locator('form[data-action=enrol]').count(), 0, 'offered once');
  await picture(page, 'registered');
  await sendIn();
  t.match(await credentials(), [{ isResidentCredential: true, rpId: 'localhost' }]);

  const requestId = await open('passkey');
  await picture(page, 'sign');
  await page.locator('#method-start').click();
  await step('send-in');
  t.match(await page.locator('main').innerText(), /Forget my passkeys/);
  await sendIn();
  t.same(blocked, [], 'no rule of the pages stood in the way');
  const uri = await until('the package', async () => (await backEnd.getStatus(requestId)).resultUris[0]);
  const bytes = await backEnd.download(uri);
  const content = readLtvSdo(bytes);
  t.match(content, {
    packagingPolicy: IDENTITY_PACKAGING_POLICY,
    signer: { displayName: 'Bo Prøve Østerbølge' },
  });
  t.match(readIdentityEvidence(content.native.bytes), { assurance: { value: 'single-device' } });
  const { report } = await validator.validate({ bytes });
  t.match(report, { indication: 'TOTAL-PASSED', package: { signer: 'Bo Prøve Østerbølge' } });

  t.test('a person who does not show who it is', async (t) => {
    await open('passkey');
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await page.locator('#method-start').click();
    await page.getByText('Nothing was done').waitFor();
    t.equal(await page.locator('#method-start').isEnabled(), true, 'and may try again');
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
    await page.locator('#method-start').click();
    await step('send-in');
  });

  t.test('a copy, whose counter is behind', async (t) => {
    const [one] = await credentials();
    const { credentialId } = one!;
    await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId });
    await cdp.send('WebAuthn.addCredential', {
      authenticatorId,
      credential: { ...one!, signCount: 0 } as never,
    });
    await open('passkey');
    await page.locator('#method-start').click();
    await page.locator('#notice').waitFor();
    t.equal(refused(), 'NATIVE_SIGNATURE_REFUSED counter');
    await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId });
    const credential = { ...one!, signCount: one!.signCount + 100 } as never;
    await cdp.send('WebAuthn.addCredential', { authenticatorId, credential });
    await page.locator('#method-start').click();
    await step('send-in');
  });

  t.test('a device that is registered already', async () => {
    await identify('bo');
    await page.locator('#method-start').click();
    await page.getByText('This device is registered already').waitFor();
  });

  t.test('a passkey that may be on several devices says so', async (t) => {
    const before = (await credentials())[0]!.credentialId;
    await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    await addAuthenticator(cdp, { defaultBackupEligibility: true, defaultBackupState: true });
    // the provider knows that it was somebody else before
    await context.clearCookies();
    await identify('anna');
    await page.locator('#method-start').click();
    await page.getByText('Your passkey is registered').first().waitFor();
    const id = await open('passkey');
    await page.locator('#method-start').click();
    await step('send-in');
    await sendIn();
    const made = await until('the package', async () => (await backEnd.getStatus(id)).resultUris[0]);
    const evidence = readIdentityEvidence(readLtvSdo(await backEnd.download(made)).native.bytes);
    t.equal(evidence.assurance.value, 'multi-device');
    t.ok(evidence.limits.includes('key-on-several-devices'));
    t.notOk(JSON.stringify(evidence).includes(before));
  });

  t.test('forgotten by whoever signs with it', async (t) => {
    await open('passkey');
    await page.locator('#method-start').click();
    await step('send-in');
    await page.locator('form[data-action=forget] button').click();
    await page.locator('form[data-action=forget]').waitFor({ state: 'detached' });
    await open('passkey');
    await page.locator('#method-start').click();
    await page.getByText('This passkey is not registered').waitFor();
    t.equal(refused(), 'PASSKEY_UNKNOWN');
  });
  t.same(blocked, []);
});
