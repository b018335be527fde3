/** What may happen to somebody who signs or logs on, by whatever method; and what each kind of method has to say of every case. */
import type { SoftKey } from '@segl/sandbox/methods/passkey/authenticator';
import type { Standing, Sent, Walker } from './walker.ts';

export const CASES = [
  'right person',
  'wrong person',
  'level too low',
  'aborted',
  'timed out',
  'token forged',
  'token of another order',
  'replayed',
  'expired keys',
  'key roll-over',
  'provider down',
] as const;
export type Case = (typeof CASES)[number];

/** The world around one order, and what may be done to it. */
export interface Place {
  readonly taskUrl: string;
  /** Where the codes of this order go, and no others. */
  readonly mobile: string;
  readonly email: string;
  /** The code that came last to either of them. */
  code(): Promise<string>;
  /** The clock of the service and of its providers goes on by this. */
  later(minutes: number): void;
  /** Every provider, gateway and authority is gone until the case is over. */
  away(): Promise<void>;
  /** What the right person sends for another order of the same kind, which is then signed. */
  elsewhere(): Promise<Sent>;
  /** A passkey of somebody, registered once for each walker. */
  passkeyOf(user: string): Promise<SoftKey>;
  /** The service forgets it, as an operator has it do. */
  forgetPasskeyOf(user: string): Promise<void>;
  /** Sets something of a person of NemID. */
  nemid(
    user: string,
    change: 'certificate' | 'ending',
    fields: Readonly<Record<string, string>>,
  ): Promise<void>;
}

export interface Visit extends Place {
  readonly walker: Walker;
  /** Opens the task, and goes to the page of the method. */
  arrive(): Promise<void>;
}

/** What comes of it. */
export interface Told extends Partial<Standing> {
  /** In the history of the task. */
  readonly event?: string;
  /** The check that refused, as the log has it. */
  readonly check?: string;
}

export type Cell =
  /** Why there is no such case. */
  | { readonly cannot: string }
  | {
      /** Begins at the page of the method, unless `early`. */
      readonly act: (visit: Visit) => Promise<void>;
      readonly early?: true;
      readonly told: Told;
      /** Absent: nothing is signed by it, and the right person can sign afterwards. */
      readonly accepted?: true;
      /** Where a browser tells it otherwise. */
      readonly inBrowser?: Told;
    };

export interface Row {
  /** What an order of this kind holds, inside its task. */
  readonly order: (place: Place) => string;
  /** What the right person does at the page of the method. */
  readonly use: (visit: Visit) => Promise<void>;
  /** User id of the right person. */
  readonly person?: string;
  /** Where it is done. */
  readonly step: 'sign' | 'authenticate' | 'declare';
  /** `MODULE`, `MODULE/PROFILE` or `MODULE+SWITCH` of the methods that it speaks for. */
  readonly covers: readonly string[];
  readonly cases: Readonly<Record<Case, Cell>>;
}
