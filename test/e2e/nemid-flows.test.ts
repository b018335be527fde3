/** Ways that a session with NemID may go, well and not well: the real client in the real portal, in a real browser. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { projectFile } from '@segl/server/paths';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { openBrowser } from '../support/browser.ts';
import { checkSection } from '../support/conformance-page.ts';
import { exportP12, P12_PASSWORD } from '../support/provider.ts';
import { createPlace } from '../support/server/running.ts';
import { tool } from '../support/tools.ts';
import { trusting } from '../support/server/methods.ts';

const read = (...path: string[]): Record<string, string> =>
  JSON.parse(readFileSync(projectFile(...path), 'utf8')) as Record<string, string>;

/** The portal's and NemID's own. */
const texts = {
  ...read('templates', 'portal', 'texts', 'da.json'),
  ...read('src', 'identity', 'methods', 'nemid', 'texts', 'da.json'),
};

t.test('ways that a session may go', async (t) => {
  const place = await createPlace(t);
  await place.start();
  const browser = await openBrowser(t);
  if (!browser) return;
  const { backEnd } = place;

  const tools = async <T>(path: string, body: object): Promise<T> => {
    const response = await fetch(`${place.sandboxUrl}/testtools/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  let orders = 0;
  const outcomes: [flow: string, title: string, passed: boolean][] = [];
  /** A test of one of the flows that the documentation lists. */
  const flow = (name: string, title: string, walk: (t: Test) => Promise<void>): void => {
    t.test(title, async (t) => {
      await walk(t);
      outcomes.push([name, title, t.passing()]);
    });
  };
  /**
   * A new user with an order of their own, at the screen of the user id. `named`: the order has the CPR number of who
   * is to sign.
   */
  const open = async (
    fields: object = {},
    named = true,
  ): Promise<{ page: Page; client: FrameLocator; userId: string; cpr: string; requestId: string }> => {
    const user = await tools<{ userId: string; cpr: string }>('persons', { password: 'right1', ...fields });
    orders += 1;
    const requestId = await backEnd.createRequest({
      sdsId: await backEnd.upload(Buffer.from(`Order ${String(orders)}`), 'text/plain'),
      title: `Order ${String(orders)}`,
      signers: [user, user].map(({ cpr }) => ({
        nationalId: named ? cpr : '',
        firstName: 'A',
        lastName: 'B',
      })),
      method: 'nemid-sign',
      callbackUrl: `${place.baseUrl}/nowhere`,
      language: 'da',
    });
    const page = await (await browser.newContext()).newPage();
    await page.goto(backEnd.taskUrl(requestId, 'task_1'));
    await page.locator('form[data-action=read] input[type=checkbox]').check();
    await page.locator('form[data-action=read] button').click();
    const client = page.frameLocator('iframe');
    await client.locator('#userid:focus').waitFor();
    return { page, client, requestId, ...user };
  };
  const logOn = async (client: FrameLocator, userId: string, password = 'right1'): Promise<void> => {
    await client.locator('#userid').fill(userId);
    await client.locator('#password').fill(password);
    await client.locator('#user button.go').click();
  };
  const keyOn = async (client: FrameLocator): Promise<string> => {
    await client.locator('#otp:focus').waitFor();
    const card = (await client.locator('#card-serial').textContent()) ?? '';
    const number = (await client.locator('#key-number').textContent()) ?? '';
    return (await tools<{ key: string }>('key', { card, number })).key;
  };
  const typeKey = async (client: FrameLocator, key: string): Promise<void> => {
    await client.locator('#otp').fill(key);
    await client.locator('#key button.go').click();
  };
  const signAs = async ({ client, userId }: { client: FrameLocator; userId: string }): Promise<void> => {
    await logOn(client, userId);
    await typeKey(client, await keyOn(client));
    await client.locator('#sign button.go').click();
  };
  /** The portal says it in its own words, and the signer may try again. */
  const told = async (t: Test, page: Page, sentence: string): Promise<void> => {
    // the notice of an earlier try may still stand there
    await page.locator('.notice', { hasText: sentence }).waitFor({ state: 'visible' });
    t.equal(await page.locator('main').getAttribute('data-step'), 'sign', 'nothing is signed');
    await page.context().close();
  };
  /** Signs, and gives the number that the portal asks for. */
  const giveCpr = async (page: Page, cpr: string): Promise<void> => {
    await page.locator('main[data-step=identify]').waitFor();
    await page.locator('#cpr').fill(cpr);
    await page.locator('input[name=consent]').check();
    await page.locator('form[data-action=identify] button').click();
  };
  /** Sends in; gives the package, verified with the anchors that the service publishes. */
  const sendIn = async (page: Page, requestId: string) => {
    await page.locator('form[data-action=send-in] button').click();
    await page.locator('main[data-step=done]').waitFor();
    await page.context().close();
    const anchors = async (name: string): Promise<Uint8Array[]> =>
      certificatesFromPem(await (await fetch(`${place.baseUrl}/policy/${name}-anchors.pem`)).text());
    const [uri = ''] = (await backEnd.getStatus(requestId)).resultUris;
    return verifyPackage(await backEnd.download(uri), {
      sealAnchors: await anchors('seal'),
      signers: trusting(await anchors('signer')),
    });
  };
  const text = (code: string): string => texts[`nemid.${code}`] ?? `no text for ${code}`;

  flow('success with match', 'the CPR number is given and matches', async (t) => {
    const { page, client, userId, cpr, requestId } = await open({}, false);
    await signAs({ client, userId });
    await giveCpr(page, cpr);
    await page.locator('main[data-step=send-in]').waitFor();
    const { content, seal } = await sendIn(page, requestId);
    t.equal(content.signer.nationalId?.id, cpr);
    t.match(content.verificationAuditTrail.at(-1), { type: 'cpr-verified' });
    const policy = await fetch(seal.policy?.uri ?? '');
    const digest = createHash('sha256')
      .update(new Uint8Array(await policy.arrayBuffer()))
      .digest();
    t.ok(
      digest.equals(seal.policy?.hash.value ?? Buffer.of()),
      'the seal names the text that is served there',
    );
  });

  flow('PID not matching the CPR', 'the CPR number of somebody else is given', async (t) => {
    const somebody = await tools<{ cpr: string }>('persons', { password: 'right1' });
    const { page, client, userId, requestId } = await open({}, false);
    await signAs({ client, userId });
    await giveCpr(page, somebody.cpr);
    const notice = page.locator('.notice');
    await notice.waitFor({ state: 'visible' });
    t.match(await notice.innerText(), texts['problem.CPR_MISMATCH'] ?? 'no text');
    t.equal(await page.locator('main').getAttribute('data-step'), 'identify', 'it can be given again');
    t.match((await backEnd.getStatus(requestId)).statuses.get('task_1'), 'created');
    await page.context().close();
  });

  const openssl = tool(t, 'openssl');
  if (openssl) {
    flow('success with lookup', 'the CPR number is looked up, and no screen asks for it', async (t) => {
      const file = (name: string, content: string | Uint8Array): string => {
        writeFileSync(join(place.dataDir, name), content);
        return join(place.dataDir, name);
      };
      const provider = async (...args: string[]): Promise<void> => {
        const program = place.run('provider', {}, args);
        t.equal(await program.ended, 0, program.output());
      };
      await provider(
        ...['set', 'demo', '--p12', file('voces.p12', exportP12(openssl, join(place.dataDir, 'sandbox')))],
        ...['--password-file', file('password', P12_PASSWORD), '--environment', 'sandbox', '--spid', '2'],
        ...['--friendly-name', 'Segl Sandbox', '--cpr', 'lookup', '--sector', 'public'],
      );
      const { page, client, userId, cpr, requestId } = await open({}, false);
      await signAs({ client, userId });
      await page.locator('main[data-step=send-in]').waitFor();
      const { content } = await sendIn(page, requestId);
      t.equal(content.signer.nationalId?.id, cpr);
      t.match(content.verificationAuditTrail.at(-1), { type: 'cpr-looked-up' });
      await provider('remove', 'demo');
    });
  }

  flow('wrong password ×5', 'five wrong passwords', async (t) => {
    const { page, client, userId } = await open();
    await logOn(client, userId, 'wrong');
    for (const left of [4, 3, 2, 1]) {
      await client
        .getByRole('alert')
        .getByText(`Forsøg tilbage:\u00a0${String(left)}`)
        .waitFor();
      await client.locator('#password').fill('wrong');
      await client.locator('#user button.go').click();
    }
    await told(t, page, text('LOCK001'));
  });

  flow('used key', 'a key that was used', async (t) => {
    const { page, client, userId } = await open();
    await logOn(client, userId);
    const used = await keyOn(client);
    await client.locator('#key button.leave').click();
    await page.locator('.notice').waitFor({ state: 'visible' });
    await page.reload();
    await logOn(client, userId);
    t.not(await keyOn(client), used);
    await typeKey(client, used);
    await client.getByRole('alert').getByText('Forsøg tilbage:\u00a04').waitFor();
    const latest = await keyOn(client);
    await typeKey(client, '999999' === latest ? '999998' : '999999');
    await client.getByRole('alert').getByText('Forsøg tilbage:\u00a03').waitFor();
    await typeKey(client, latest);
    await told(t, page, text('AUTH010'));
  });

  flow('revoked certificate', 'a revoked certificate', async (t) => {
    const user = await open({ certificate: 'revoked' });
    await signAs(user);
    await told(t, user.page, texts['problem.CERTIFICATE_REVOKED'] ?? 'no text');
  });

  flow('expired certificate', 'an expired certificate', async (t) => {
    const user = await open({ certificate: 'expired' });
    await signAs(user);
    await told(t, user.page, texts['problem.CERTIFICATE_EXPIRED'] ?? 'no text');
  });

  flow('cancelled', 'leaving', async (t) => {
    const { page, client } = await open();
    await client.locator('#user button.leave').click();
    await told(t, page, text('CAN002'));
  });

  t.test('a code that a tester asks for', async (t) => {
    const { page, client } = await open();
    await client.locator('#ending summary').click();
    await client.locator('#code').selectOption('AUTH018');
    await client.locator('#ending button').click();
    await told(t, page, text('AUTH018'));
  });

  flow('timed out', 'waiting too long', async (t) => {
    const { page } = await open();
    await tools('clock', { to: '+11min' });
    await told(t, page, text('CAN003'));
  });

  t.test('the documentation has every flow', async (t) => {
    if (!openssl) return;
    checkSection(
      t,
      'flows',
      ['flow', 'test', 'result'],
      outcomes.map(([name, title, passed]) => [name, title, passed ? 'passed' : 'FAILED']),
    );
  });
});
