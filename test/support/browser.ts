/** The browser of the tests: Debian's Chromium, without a window. */
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type Page } from 'playwright-core';
import { tool } from './tools.ts';

interface TestHandle {
  pass(message: string, extra: { skip: string }): unknown;
  fail(message: string): unknown;
  teardown(fn: () => unknown): unknown;
}

/**
 * Starts it; it ends with the test. Absent: as `tool` does. The headless shell has the same engine, and none of what only
 * people see of a browser: a test takes half of the processor's time with it.
 */
export async function openBrowser(t: TestHandle): Promise<Browser | undefined> {
  const executablePath = tool(t, 'chromium-headless-shell', 'chromium');
  if (executablePath === undefined) return undefined;
  const args = ['--no-sandbox', '--disable-quic', '--disable-background-networking'];
  const browser = await chromium.launch({ executablePath, args });
  t.teardown(() => browser.close());
  return browser;
}

/** Axe for a page without frames, or for what is outside of them: it judges there, and opens no other page to sum up. */
export const axeOn = (page: Page): AxeBuilder => new AxeBuilder({ page }).setLegacyMode();
