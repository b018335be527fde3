/** One-time codes behind the port: a code is sent to the address that the order names, and the signer types it. */
import { timingSafeEqual } from 'node:crypto';
import {
  commitToTask,
  nonceOf,
  restored,
  shortCode,
  shownText,
  withoutDocuments,
  type Commitment,
  type KeptCommitment,
} from '../../evidence/identity/commitment.ts';
import { keepEvidence, OTHER_DOCUMENTS, type EvidenceFailure } from '../../evidence/identity/kept.ts';
import {
  CODE_LIFE,
  CODE_TRIES,
  codeHmac,
  ONE_TIME_CODE,
  ONE_TIME_CODE_TYPE,
  OWN_CLIENT,
  OWN_WORD,
  subjectOf,
  type CodeChannel,
  type CodeRecord,
} from '../../evidence/identity/proofs/one-time-code.ts';
import { carried, writeIdentityEvidence } from '../../evidence/identity/write.ts';
import type {
  CatalogueEntry,
  IdentityMethod,
  MethodDeps,
  MethodTask,
  SendMessage,
  Show,
  Step,
  Use,
  Visitor,
} from '../../method.ts';
import { codeMessage, masked } from './message.ts';
import { otpProblems } from './problems.ts';

/** Codes to one address within an hour. */
export const MAX_SENT = 5;
/** Wrong codes for one address within a day; a new code does not start the count anew. */
export const MAX_WRONG = 20;

const HOUR = 3_600;
const DAY = 86_400;
/** Characters of what the signer agrees to, as the message and the page quote it. */
const SHOWN = 300;

/** From the sending of a code on. What is encrypted with the session is no secret here. */
interface Begun {
  readonly commitment: KeptCommitment;
  /** For the signer to compare. */
  readonly reference: string;
  readonly address: string;
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly sent: string;
}

/** An address that a code can go to; undefined: it is none. */
export function readAddress(
  channel: CodeChannel,
  { mobile, email }: MethodTask['expected'],
): string | undefined {
  if (channel === 'sms') {
    const number = (mobile ?? '').replace(/[\s().-]/g, '').replace(/^00/, '+');
    return /^\+[1-9]\d{6,14}$/.test(number) ? number : undefined;
  }
  const address = (email ?? '').trim();
  return /^[^\s@<>",;]{1,64}@[^\s@<>",;]{1,255}$/.test(address) ? address : undefined;
}

/** Six random digits, each as likely as any other. */
function drawCode(random: MethodDeps['random']): string {
  const most = 4_294_000_000;
  let drawn = most;
  while (drawn >= most) drawn = Buffer.from(random(4)).readUInt32BE();
  return String(drawn % 1_000_000).padStart(6, '0');
}

export function otpMethod(
  entry: CatalogueEntry,
  use: Use,
  channel: CodeChannel,
  send: SendMessage,
  deps: MethodDeps,
): IdentityMethod {
  const method = new OtpMethod(entry, use, channel, send, deps);
  return {
    ...(use === 'sign' && { signs: 'native' as const, together: true as const }),
    comparesNationalIds: false,
    start: (task, visitor) => method.start(task, visitor),
    continue: (task, state, input, visitor) =>
      method.continue(task, state, input.kind === 'fields' ? (input.values['code'] ?? '') : '', visitor),
    resume: (state) => method.resume(state),
  };
}

class OtpMethod {
  readonly #entry: CatalogueEntry;
  readonly #use: Use;
  readonly #channel: CodeChannel;
  readonly #send: SendMessage;
  readonly #deps: MethodDeps;

  constructor(entry: CatalogueEntry, use: Use, channel: CodeChannel, send: SendMessage, deps: MethodDeps) {
    this.#entry = entry;
    this.#use = use;
    this.#channel = channel;
    this.#send = send;
    this.#deps = deps;
  }

  /** Throws UNAVAILABLE: the message could not be handed over. */
  async start(task: MethodTask, { language }: Visitor): Promise<Step> {
    const { clock, random, memory } = this.#deps;
    const address = readAddress(this.#channel, task.expected);
    if (address === undefined) {
      const what = otpProblems.of(`code/no-${this.#channel}`);
      return {
        kind: 'refused',
        problem: otpProblems.error('CODE_ADDRESS_MISSING', { what }),
        retry: 'never',
      };
    }
    if ((await this.#wrong(address)) >= MAX_WRONG) return tooManyWrong();
    const sending = await memory().count('sent', this.#key(address), HOUR);
    if (sending.count > MAX_SENT) {
      await sending.withdraw();
      return { kind: 'refused', problem: otpProblems.error('CODE_TOO_MANY_SENT'), retry: 'never' };
    }
    const now = clock.now();
    const commitment = await commitToTask(task, { level: this.#entry.assurance, language }, { now, random });
    const code = drawCode(random);
    const message = `code_${Buffer.from(random(16)).toString('hex')}`;
    const reference = shortCode(commitment);
    const { subject, text } = codeMessage(commitment.consent.language, {
      ...{ reference, code },
      consent: commitment.consent.text.slice(0, SHOWN),
    });
    const { status } = await this.#send({ id: message, to: address, subject, text });
    const begun: Begun = {
      ...{ commitment: withoutDocuments(commitment), reference, address, message, status },
      code: codeHmac(code, commitment.salt),
      sent: now.toISOString(),
    };
    return {
      kind: 'show',
      state: JSON.stringify(begun),
      show: await this.#form(begun),
      asked: { channel: this.#channel, message, 'short-code': reference },
    };
  }

  async resume(state: string): Promise<Show | undefined> {
    const begun = JSON.parse(state) as Begun;
    return this.#isOver(begun) || (await this.#tries(begun)) >= CODE_TRIES ? undefined : this.#form(begun);
  }

  async continue(task: MethodTask, state: string, typed: string, visitor: Visitor): Promise<Step> {
    const { memory } = this.#deps;
    const begun = JSON.parse(state) as Begun;
    const key = this.#key(begun.address);
    if ((await this.#wrong(begun.address)) >= MAX_WRONG) return tooManyWrong();
    const over: Step = { kind: 'refused', problem: otpProblems.error('CODE_OVER'), retry: 'restart' };
    if (this.#isOver(begun)) return over;
    // counted before it is known what comes of it: two at the same time are two
    const { count: tries } = await memory().count('tries', begun.message, CODE_LIFE / 1000);
    if (tries > CODE_TRIES) return over;
    const wrong = await memory().count('wrong', key, DAY);
    const given = Buffer.from(codeHmac(typed.replace(/\s/g, ''), begun.commitment.salt), 'hex');
    if (!timingSafeEqual(given, Buffer.from(begun.code, 'hex')))
      return tries === CODE_TRIES
        ? over
        : { kind: 'refused', problem: otpProblems.error('CODE_WRONG'), retry: 'again' };
    await wrong.withdraw();
    await memory().clear('wrong', key);
    return this.#done(task, begun, tries, visitor);
  }

  async #done(task: MethodTask, begun: Begun, tries: number, visitor: Visitor): Promise<Step> {
    const at = this.#deps.clock.now();
    const commitment = await restored(task, begun.commitment);
    if (!commitment) return this.#refused(OTHER_DOCUMENTS);
    const bytes = this.#evidence(task, { ...begun, commitment }, { at, tries, visitor });
    const kept = await keepEvidence(bytes, task, at);
    if ('failure' in kept) return this.#refused(kept.failure);
    const { expected } = task;
    const { id, displayName } = kept.evidence.subject;
    if (expected.subjectId !== undefined && expected.subjectId !== id.value) {
      const code = this.#use === 'sign' ? 'SIGNER_MISMATCH' : 'LOGIN_MISMATCH';
      return { kind: 'refused', problem: otpProblems.error(code), retry: 'restart' };
    }
    return {
      kind: 'done',
      identity: {
        subjectId: id.value,
        displayName,
        attributes: [
          { name: 'level', value: 'low' },
          { name: this.#channel === 'sms' ? 'phone' : 'email', value: begun.address },
        ],
      },
      evidence: kept.kept,
      audit: [],
    };
  }

  #refused(failure: EvidenceFailure): Step {
    const code = this.#use === 'sign' ? 'NATIVE_SIGNATURE_REFUSED' : 'LOGIN_REFUSED';
    return { kind: 'refused', problem: otpProblems.error(code, failure), retry: 'restart' };
  }

  #evidence(
    { expected }: MethodTask,
    {
      commitment,
      address,
      code,
      message,
      status,
      sent,
    }: Omit<Begun, 'commitment'> & { readonly commitment: Commitment },
    { at, tries, visitor }: { readonly at: Date; readonly tries: number; readonly visitor: Visitor },
  ): Buffer {
    const channel = this.#channel;
    const received = at.toISOString();
    const record: CodeRecord = {
      ...{ version: 1, channel, address, code, message, status, sent, tries },
      sub: subjectOf(channel, address),
      name: (expected.name ?? masked(channel, address)).slice(0, 320),
      nonce: nonceOf(commitment),
      verified: received,
    };
    const source = (claim: keyof CodeRecord) => ({ proof: ONE_TIME_CODE, claims: [claim] });
    return writeIdentityEvidence({
      purpose: this.#use === 'sign' ? 'sign' : 'log-on',
      commitment,
      method: {
        name: this.#entry.name,
        kind: 'otp',
        eid: this.#entry.eid ?? channel,
        provider: OWN_WORD,
        client: OWN_CLIENT,
        profile: channel,
        test: false,
      },
      subject: {
        id: { scheme: `${channel}-address-sha256`, issuer: OWN_WORD, value: record.sub },
        displayName: record.name,
        continuity: [],
        sources: { id: source('sub'), displayName: source('name') },
      },
      assurance: {
        ...{ level: 'low', claim: 'channel', value: channel },
        scale: { sms: 'low', email: 'low' },
        factors: [channel],
      },
      intent: {
        shown: shownText(commitment, SHOWN),
        limit: SHOWN,
        language: commitment.consent.language,
        code: shortCode(commitment),
      },
      match: { rule: 'none', result: 'not-compared' },
      context: {
        ip: visitor.ip.slice(0, 64),
        userAgent: visitor.userAgent.slice(0, 1_000),
        origin: visitor.origin.slice(0, 256),
      },
      times: { started: sent, received },
      proofs: [
        {
          ...{ role: ONE_TIME_CODE, mediaType: ONE_TIME_CODE_TYPE },
          ...carried(Buffer.from(JSON.stringify(record))),
        },
      ],
      trust: [],
      limits: [
        ...['address-only', 'own-word', 'not-phishing-resistant'],
        ...(expected.name === undefined ? [] : ['name-told-by-sender']),
        ...(channel === 'sms' ? ['sim-change-not-checked'] : ['mailbox-only']),
      ],
    });
  }

  async #form(begun: Begun): Promise<Show> {
    return {
      as: 'form',
      text: 'code',
      params: { address: masked(this.#channel, begun.address), reference: begun.reference },
      fields: [
        { name: 'code', type: 'code', required: true, hint: true, maxLength: 7, problems: ['CODE_WRONG'] },
      ],
      attemptsLeft: Math.max(0, CODE_TRIES - (await this.#tries(begun))),
    };
  }

  #isOver({ sent }: Begun): boolean {
    return this.#deps.clock.now().getTime() - new Date(sent).getTime() > CODE_LIFE;
  }

  #tries({ message }: Begun): Promise<number> {
    return this.#deps.memory().counted('tries', message);
  }

  #wrong(address: string): Promise<number> {
    return this.#deps.memory().counted('wrong', this.#key(address));
  }

  #key(address: string): string {
    return `${this.#channel}:${address.toLowerCase()}`;
  }
}

const tooManyWrong = (): Step => ({
  kind: 'refused',
  problem: otpProblems.error('CODE_TOO_MANY_WRONG'),
  retry: 'never',
});
