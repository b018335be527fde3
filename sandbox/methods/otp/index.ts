/** Codes by SMS and e-mail: the sandbox's traps are the phone and the mailbox of everybody. */
import { sandboxProblems } from '../../problems.ts';
import type { Browser } from '../../person/browser.ts';
import type { OpenedSimulator, Simulator } from '../../simulator.ts';

interface Trapped {
  readonly at: string;
  readonly text: string;
}

const CODE = /(?:Code|Kode): (\d{6})/;

/** The newest code that came by either way. Throws PERSON_UNKNOWN. */
async function newestCode(browser: Browser, sandboxUrl: string, user: string): Promise<string> {
  const trapped = await Promise.all(
    ['sms', 'mail'].map(
      async (trap) =>
        JSON.parse((await browser.get(`${sandboxUrl}/${trap}/api/messages`)).body) as readonly Trapped[],
    ),
  );
  const [newest] = trapped
    .flat()
    .filter(({ text }) => CODE.test(text))
    .sort((a, b) => b.at.localeCompare(a.at));
  const [, code] = CODE.exec(newest?.text ?? '') ?? [];
  if (code === undefined) throw sandboxProblems.error('PERSON_UNKNOWN', { user });
  return code;
}

const otp: Simulator<OpenedSimulator> = {
  id: 'otp',
  persons: [],
  plugins: () => undefined,
  open: async () => ({
    environment: {},
    methods: {
      providers: {
        sms: { module: 'otp', profile: 'sms' },
        email: { module: 'otp', profile: 'email' },
      },
      methods: [],
    },
    trust: { anchors: [], intermediates: [] },
    cards: '',
  }),
  persona: async (browser, sandboxUrl, user) => ({
    name: user,
    eid: 'a code',
    isAnybody: true,
    answer: async (fields) =>
      fields.includes('code') ? { code: await newestCode(browser, sandboxUrl, user) } : undefined,
  }),
};

export default otp;
