/**
 * The table: every kind of method and every case, how the case is brought about, and what must come of it. It is complete by its
 * type, and `npm run methods` walks all of it.
 */
import type { Outcome } from '@segl/sandbox/methods/oidc/lies';
import type { Case, Cell, Place, Row, Told, Visit } from './cases.ts';

export const KINDS = [
  'NemID',
  'OpenID Connect',
  'OpenID Connect, the broker shows the document',
  'OpenID Connect, the eID signs itself',
  'OpenID Connect in an app',
  'code by SMS',
  'code by e-mail',
  'passkey',
  'handwriting',
  'a code, then an eID',
  'an eID, then a drawing',
  'log-on: NemID',
  'log-on: OpenID Connect',
  'log-on: OpenID Connect in an app',
  'log-on: code by SMS',
  'log-on: passkey',
] as const;
export type Kind = (typeof KINDS)[number];

/** How the right person is named in orders. */
const CPR = '1405822042';
const NORWEGIAN = '14058200000';

const ACTION = '<document-action type="sign"><document-ref>doc</document-ref></document-action>';
const DRAWN = '<signature><method handwritten="true"/></signature>';

const subject = (content: string): string => `<subject id="s">${content}</subject>`;
const withNumber = (number = CPR): string => subject(`<national-id>${number}</national-id>`);
const signedBy = (method: string): string => `${ACTION}<signature><method>${method}</method></signature>`;
const loggedOnBy = (method: string): string =>
  `<authentication><method>${method}</method></authentication>${ACTION}${DRAWN}`;

const cannot = (why: string): Cell => ({ cannot: why });
const signed: Told = { step: 'send-in' };

/** Nothing but a notice on the same page. */
const refused = (check: string, more: Told = {}): Told => ({
  ...{ step: 'sign', notice: 'problem.NATIVE_SIGNATURE_REFUSED', check },
  ...more,
});
const mismatch: Told = { step: 'sign', notice: 'problem.SIGNER_MISMATCH' };
const cancelled = (notice: string, step = 'sign'): Told => ({
  step,
  notice,
  event: 'document-sign-cancelled',
});
const down: Told = { step: 'error', code: 'UNAVAILABLE' };

const again =
  (use: Row['use']): Row['use'] =>
  async (visit) => {
    await use(visit);
    await visit.walker.again();
  };

/** The visit is ended by its button, and the link opens another one. */
const left: Cell = {
  act: ({ walker }) => walker.leave(),
  told: { step: 'left' },
};

/** Minutes after which nobody is there any more. */
const IDLE = 31;

const comesBackLate = (use: Row['use'], told: Told): Cell => ({
  async act(visit) {
    visit.later(IDLE);
    await use(visit);
  },
  told,
});

// ---- OpenID Connect ----

const go =
  (act: { readonly person?: string; readonly outcome?: Outcome; readonly level?: string } = {}) =>
  ({ walker }: Visit): Promise<void> =>
    walker.go(act);

/** The code of an exchange that took place, in an address that leads back to this visit. */
async function replayCode(visit: Visit): Promise<void> {
  const used = await visit.elsewhere();
  await visit.walker.go({}, async (url) => {
    const address = new URL(url);
    address.searchParams.set('code', new URL(used.url).searchParams.get('code') ?? '');
    return address.href;
  });
}

const redirect = (more: Partial<Record<Case, Cell>> = {}): Row['cases'] => ({
  'right person': { act: again(go()), told: signed, accepted: true },
  'wrong person': { act: go({ person: 'bo' }), told: mismatch },
  'level too low': { act: go({ level: 'low' }), told: refused('level') },
  aborted: { act: go({ outcome: 'abort' }), told: cancelled('oidc.access_denied') },
  'timed out': { act: go({ outcome: 'time-out' }), told: cancelled('oidc.temporarily_unavailable') },
  'token forged': { act: go({ outcome: 'forged' }), told: refused('core') },
  'token of another order': { act: go({ outcome: 'other-order' }), told: refused('challenge') },
  replayed: { act: replayCode, told: refused('code') },
  'expired keys': { act: go({ outcome: 'old-key' }), told: refused('core') },
  'key roll-over': { act: go({ outcome: 'roll-over' }), told: signed, accepted: true },
  'provider down': {
    act: (visit) =>
      visit.walker.go({}, async (url) => {
        await visit.away();
        return url;
      }),
    told: down,
  },
  ...more,
});

const oidc: Row = {
  order: () => withNumber() + signedBy('mitid-idura'),
  use: go(),
  step: 'sign',
  covers: ['oidc'],
  cases: redirect(),
};

/** Tokens of this broker name no eID level apart: what differs is what it seals. */
const shown: Row = {
  ...oidc,
  order: () => withNumber() + signedBy('mitid-shown'),
  covers: ['oidc+transactionSigning'],
  cases: redirect({
    'token forged': { act: go({ outcome: 'transaction-forged' }), told: refused('transaction-core') },
    'token of another order': {
      act: go({ outcome: 'transaction-order' }),
      told: refused('transaction-log-on'),
    },
    'expired keys': { act: go({ outcome: 'transaction-old-status' }), told: refused('transaction-status') },
    // its document is pushed when the page is shown
    'provider down': {
      early: true,
      async act(visit) {
        await visit.away();
        await visit.arrive();
      },
      told: down,
    },
  }),
};

const native: Row = {
  ...oidc,
  order: () => subject('<national-id>198205142398</national-id>') + signedBy('sbid-native'),
  covers: ['oidc+nativeSignature'],
  cases: redirect({
    'wrong person': { act: go({ outcome: 'native-person' }), told: refused('native-person') },
    'level too low': cannot('this eID has one level, and its tokens tell no other'),
    'token forged': { act: go({ outcome: 'native-forged' }), told: refused('native-core') },
    'token of another order': { act: go({ outcome: 'native-visible' }), told: refused('native-shown') },
    'expired keys': { act: go({ outcome: 'native-old-status' }), told: refused('native-status') },
  }),
};

/** `number`: what the person is known by there. */
const app =
  (act: Parameters<typeof go>[0] = {}) =>
  async ({ walker }: Visit): Promise<void> => {
    await walker.fill({});
    await walker.inApp(act);
  };

const inApp: Row = {
  order: () => withNumber(NORWEGIAN) + signedBy('nbid-app-high'),
  use: app(),
  step: 'sign',
  covers: ['oidc+backchannel'],
  cases: {
    'right person': { act: again(app()), told: signed, accepted: true },
    'wrong person': { act: app({ person: 'bo' }), told: mismatch },
    'level too low': { act: app({ level: 'substantial' }), told: refused('level') },
    aborted: { act: app({ outcome: 'abort' }), told: cancelled('oidc.access_denied') },
    'timed out': { act: app({ outcome: 'time-out' }), told: cancelled('oidc.expired_token') },
    'token forged': { act: app({ outcome: 'forged' }), told: refused('core') },
    'token of another order': { act: app({ outcome: 'other-order' }), told: refused('challenge') },
    replayed: { act: again(app()), told: signed, accepted: true },
    'expired keys': { act: app({ outcome: 'old-key' }), told: refused('core') },
    'key roll-over': { act: app({ outcome: 'roll-over' }), told: signed, accepted: true },
    'provider down': {
      async act(visit) {
        await visit.away();
        await visit.walker.fill({});
      },
      told: down,
    },
  },
};

// ---- codes ----

const typeCode =
  (code?: string) =>
  async (visit: Visit): Promise<void> => {
    await visit.walker.fill({ code: code ?? (await visit.code()) });
  };

/** Another than came: whoever does not have the phone. */
async function guess(visit: Visit, times: number): Promise<void> {
  const sent = await visit.code();
  for (let tried = 0; tried < times; tried++)
    await visit.walker.fill({ code: String((Number(sent) + 1 + tried) % 1_000_000).padStart(6, '0') });
}

const wrongCode: Told = { step: 'sign', notice: 'problem.CODE_WRONG' };
const codeOver: Told = { step: 'sign', notice: 'problem.CODE_OVER' };

const codes = (method: string, profile: string): Row => ({
  order: ({ mobile, email }: Place) =>
    subject(`<email>${email}</email><mobile>${mobile}</mobile>`) + signedBy(method),
  use: typeCode(),
  step: 'sign',
  covers: [`otp/${profile}`],
  cases: {
    'right person': { act: again(typeCode()), told: signed, accepted: true },
    'wrong person': { act: (visit) => guess(visit, 1), told: wrongCode },
    'level too low': cannot('a code is of one level, and a name that asks for more is not on offer'),
    aborted: left,
    'timed out': {
      async act(visit) {
        const code = await visit.code();
        visit.later(11);
        await visit.walker.fill({ code });
      },
      told: codeOver,
    },
    'token forged': { act: (visit) => guess(visit, 5), told: codeOver },
    'token of another order': {
      async act(visit) {
        const other = await visit.elsewhere();
        await typeCode(other.kind === 'form' ? other.fields['code'] : '')(visit);
      },
      told: wrongCode,
    },
    replayed: { act: again(typeCode()), told: signed, accepted: true },
    'expired keys': cannot('there is no key; a code ends, which is a case of its own'),
    'key roll-over': cannot('there is no key'),
    'provider down': {
      early: true,
      async act(visit) {
        await visit.away();
        await visit.arrive();
      },
      told: down,
    },
  },
});

// ---- passkeys ----

const passkeyOf =
  (user: string) =>
  async (visit: Visit): Promise<void> =>
    visit.walker.passkey(await visit.passkeyOf(user));

/** A field of what the page's script gave. */
const resultWith =
  (change: (result: Record<string, string>) => Record<string, string>) =>
  (fields: Readonly<Record<string, string>>) => ({
    ...fields,
    result: JSON.stringify(change(JSON.parse(fields['result'] ?? '{}') as Record<string, string>)),
  });

/** The last byte is another. */
const damaged = (encoded: string): string => {
  const bytes = Buffer.from(encoded, 'base64url');
  bytes[bytes.length - 1]! ^= 1;
  return bytes.toString('base64url');
};

/** Sends for this order what was given for another one. */
const sendOf =
  (name: string, use: Row['use']) =>
  async (visit: Visit): Promise<void> => {
    const other = await visit.elsewhere();
    visit.walker.change((fields) => ({
      ...fields,
      ...(other.kind === 'form' && { [name]: other.fields[name] ?? '' }),
    }));
    await use(visit);
  };

const passkey: Row = {
  order: () => withNumber() + signedBy('passkey'),
  use: passkeyOf('anna'),
  step: 'sign',
  covers: ['passkey'],
  cases: {
    'right person': { act: again(passkeyOf('anna')), told: signed, accepted: true },
    'wrong person': { act: passkeyOf('bo'), told: mismatch },
    'level too low': {
      act: async (visit) => visit.walker.passkey(await visit.passkeyOf('anna'), true),
      told: refused('user-verified'),
      // nothing is sent: the browser itself wants to know who it is
      inBrowser: { step: 'sign' },
    },
    aborted: left,
    'timed out': comesBackLate(passkeyOf('anna'), { step: 'error', code: 'SESSION_GONE' }),
    'token forged': {
      async act(visit) {
        visit.walker.change(
          resultWith((result) => ({ ...result, signature: damaged(result['signature']!) })),
        );
        await passkeyOf('anna')(visit);
      },
      told: refused('core'),
    },
    'token of another order': { act: sendOf('result', passkeyOf('anna')), told: refused('replay') },
    replayed: { act: again(passkeyOf('anna')), told: signed, accepted: true },
    'expired keys': {
      async act(visit) {
        const key = await visit.passkeyOf('anna');
        await visit.walker.passkey({ ...key, id: damaged(key.id) });
      },
      told: { step: 'sign', notice: 'problem.PASSKEY_UNKNOWN' },
    },
    'key roll-over': {
      early: true,
      async act(visit) {
        // one that is registered after its page was shown is refused
        await visit.forgetPasskeyOf('anna');
        await visit.passkeyOf('anna');
        await visit.arrive();
        await passkeyOf('anna')(visit);
      },
      told: signed,
      accepted: true,
    },
    'provider down': cannot('nobody else answers'),
  },
};

// ---- NemID ----

const frame =
  (user: string, ending = false) =>
  ({ walker }: Visit): Promise<void> =>
    walker.frame(user, ending);

const endsWith = (code: string): Cell => ({
  async act(visit) {
    await visit.nemid('anna', 'ending', { code, after: 'password' });
    await frame('anna', true)(visit);
  },
  told: cancelled(`nemid.${code}`),
});

/** A letter of the message is another, and still base64. */
const forgedMessage = (fields: Readonly<Record<string, string>>) => {
  const message = Buffer.from(fields['response'] ?? '', 'base64').toString('utf8');
  const changed = message.replace(
    /(<ds:SignatureValue[^>]*>\s*)(.)/,
    (_all, before: string, letter: string) => before + (letter === 'A' ? 'B' : 'A'),
  );
  return { ...fields, response: Buffer.from(changed).toString('base64') };
};

const nemid: Row = {
  order: () => withNumber() + signedBy('nemid-sign'),
  use: frame('anna'),
  step: 'sign',
  covers: ['nemid'],
  cases: {
    'right person': { act: again(frame('anna')), told: signed, accepted: true },
    'wrong person': { act: frame('bo'), told: mismatch },
    'level too low': cannot('NemID has one level'),
    aborted: endsWith('CAN002'),
    'timed out': endsWith('CAN003'),
    'token forged': {
      async act(visit) {
        visit.walker.change(forgedMessage);
        await frame('anna')(visit);
      },
      told: refused('core'),
    },
    'token of another order': { act: sendOf('response', frame('anna')), told: refused('challenge') },
    replayed: { act: again(frame('anna')), told: signed, accepted: true },
    'expired keys': {
      async act(visit) {
        await visit.nemid('anna', 'certificate', { state: 'expired' });
        await frame('anna')(visit);
        await visit.nemid('anna', 'certificate', { state: 'valid' });
      },
      told: { step: 'sign', notice: 'problem.CERTIFICATE_EXPIRED' },
    },
    'key roll-over': {
      async act(visit) {
        await visit.nemid('anna', 'certificate', { state: 'revoked' });
        await visit.nemid('anna', 'certificate', { state: 'valid' });
        await frame('anna')(visit);
      },
      told: signed,
      accepted: true,
    },
    'provider down': {
      async act(visit) {
        visit.walker.change(async (fields) => {
          await visit.away();
          return fields;
        });
        await frame('anna')(visit);
      },
      told: down,
    },
  },
};

// ---- handwriting ----

const draw = ({ walker }: Visit): Promise<void> => walker.declare();

const handwriting: Row = {
  order: () => subject('<first-name>Anna</first-name><last-name>Prøve</last-name>') + ACTION + DRAWN,
  use: draw,
  step: 'declare',
  covers: [],
  cases: {
    'right person': { act: again(draw), told: signed, accepted: true },
    'wrong person': cannot('nobody is identified: whoever has the link signs, and the evidence says so'),
    'level too low': cannot('it has no level'),
    aborted: left,
    'timed out': comesBackLate(draw, { step: 'error', code: 'SESSION_GONE' }),
    'token forged': {
      async act(visit) {
        visit.walker.change((fields) => ({ ...fields, hand: 'drawn', strokes: 'no strokes' }));
        await draw(visit);
      },
      told: { step: 'declare', notice: 'problem.HANDWRITING_REFUSED' },
    },
    'token of another order': cannot('there is no token: a drawing is sent by the visit that it belongs to'),
    replayed: { act: again(draw), told: signed, accepted: true },
    'expired keys': cannot('there is no key'),
    'key roll-over': cannot('there is no key'),
    'provider down': cannot('nobody else answers'),
  },
};

// ---- chains ----

const atLink = (told: Told, link: string): Told => ({ ...told, link });

const mapped = (
  cases: Row['cases'],
  change: (cell: Exclude<Cell, { cannot: string }>) => Cell,
): Row['cases'] =>
  Object.fromEntries(
    Object.entries(cases).map(([name, cell]) => [name, 'cannot' in cell ? cell : change(cell)]),
  ) as unknown as Row['cases'];

/** A code, and then whatever happens at the eID. */
const codeThenEid: Row = {
  order: ({ mobile }) =>
    subject(`<national-id>${CPR}</national-id><mobile>${mobile}</mobile>`) + signedBy('code-mitid'),
  async use(visit) {
    if ((await visit.walker.standing()).link === '1') await typeCode()(visit);
    await go()(visit);
  },
  step: 'sign',
  covers: [],
  cases: {
    ...mapped(redirect(), ({ act, told, ...rest }) => ({
      ...rest,
      async act(visit) {
        await typeCode()(visit);
        await act(visit);
      },
      told: told.step === 'sign' ? atLink(told, '2') : told,
    })),
    'timed out': {
      async act(visit) {
        const code = await visit.code();
        visit.later(11);
        await visit.walker.fill({ code });
      },
      told: atLink(codeOver, '1'),
    },
    replayed: { act: again(typeCode()), told: { step: 'sign', link: '2' } },
  },
};

const eidThenDrawing: Row = {
  order: () => withNumber() + signedBy('mitid-ink'),
  async use(visit) {
    if ((await visit.walker.standing()).link !== '2') await go()(visit);
    await draw(visit);
  },
  step: 'sign',
  covers: [],
  cases: {
    ...mapped(redirect(), ({ act, told, accepted, ...rest }) => ({
      ...rest,
      async act(visit) {
        await act(visit);
        if (accepted) await draw(visit);
      },
      told: told.step === 'sign' ? atLink(told, '1') : told,
      ...(accepted && { accepted }),
    })),
    replayed: { act: again(go()), told: { step: 'declare', link: '2' } },
  },
};

// ---- log-ons: the same, for another step ----

const AS_LOGIN: Readonly<Record<string, string>> = {
  'problem.NATIVE_SIGNATURE_REFUSED': 'problem.LOGIN_REFUSED',
  'problem.SIGNER_MISMATCH': 'problem.LOGIN_MISMATCH',
  'document-sign-cancelled': 'user-authentication-cancelled',
  sign: 'authenticate',
  'send-in': 'read',
};

const asLogin = (text: string): string => AS_LOGIN[text] ?? text;

const toldAtLogin = (told: Told): Told => ({
  ...Object.fromEntries(Object.entries(told).map(([name, text]) => [name, asLogin(text as string)])),
  ...(told.notice === mismatch.notice && { event: 'error' }),
});

function loginOf(row: Row, order: Row['order'], more: Partial<Record<Case, Cell>> = {}): Row {
  return {
    ...row,
    order,
    step: 'authenticate',
    cases: {
      ...mapped(row.cases, (cell) => ({
        ...cell,
        told: toldAtLogin(cell.told),
        ...(cell.inBrowser && { inBrowser: toldAtLogin(cell.inBrowser) }),
      })),
      ...more,
    },
  };
}

const codeBySms = codes('sms-otp', 'sms');

export const TABLE: Readonly<Record<Kind, Row>> = {
  NemID: nemid,
  'OpenID Connect': oidc,
  'OpenID Connect, the broker shows the document': shown,
  'OpenID Connect, the eID signs itself': native,
  'OpenID Connect in an app': inApp,
  'code by SMS': codeBySms,
  'code by e-mail': codes('email-otp', 'email'),
  passkey,
  handwriting,
  'a code, then an eID': codeThenEid,
  'an eID, then a drawing': eidThenDrawing,
  'log-on: NemID': loginOf(nemid, () => withNumber() + loggedOnBy('nemid')),
  'log-on: OpenID Connect': loginOf(oidc, () => withNumber() + loggedOnBy('mitid-idura')),
  'log-on: OpenID Connect in an app': loginOf(
    inApp,
    () => withNumber(NORWEGIAN) + loggedOnBy('nbid-app-high'),
  ),
  'log-on: code by SMS': loginOf(
    codeBySms,
    ({ mobile }) => subject(`<mobile>${mobile}</mobile>`) + loggedOnBy('sms-otp'),
  ),
  'log-on: passkey': loginOf(passkey, () => withNumber() + loggedOnBy('passkey')),
};
