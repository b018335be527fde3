/**
 * The port of simulators: what plays the provider of an eID, a folder of `methods/` each. A simulator has pages and services
 * at the sandbox's addresses, gives the settings that a service uses it with, and knows how its persons act.
 */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Clock } from '@segl/problem/clock';
import type { Browser } from './person/browser.ts';
import type { World } from './world/world.ts';

export interface Simulator<Opened extends OpenedSimulator = OpenedSimulator> {
  /** That of the method's module. */
  readonly id: string;
  /** Who can use it from the first start on. */
  readonly persons: readonly Person[];
  /** Adds its pages and services, once for each port. `opened` throws UNAVAILABLE until it is. */
  plugins(app: FastifyInstance, opened: () => Opened): void;
  /** Reads what it keeps, or makes it. */
  open(around: Surroundings): Promise<Opened>;
  /** One of its persons, before pages of the service. Throws PERSON_UNKNOWN. */
  persona(browser: Browser, sandboxUrl: string, user: string): Promise<Persona>;
}

export interface OpenedSimulator {
  /** Settings of a service that uses it, by their names. */
  readonly environment: Readonly<Record<string, string>>;
  /** What METHODS_FILE says of it. */
  readonly methods?: {
    readonly providers: Readonly<Record<string, object>>;
    readonly methods: readonly object[];
  };
  readonly trust: Trust;
  /** HTML: what the first page tells of it, `div`s of a list of definitions. */
  readonly cards: string;
}

/** Names of PEM files for tools that verify what was signed here. */
export interface Trust {
  readonly anchors: readonly string[];
  readonly intermediates: readonly string[];
}

/** All that a simulator may reach. */
export interface Surroundings {
  /** For what it keeps. */
  readonly folder: string;
  /** Authorities and certificates; `url` is the sandbox's own. */
  readonly world: World;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where browsers reach the sandbox: over https, where it has that. */
  readonly browserUrl: string;
  /** The port where clients are asked for certificates, and the authority (PEM) of its own. */
  readonly mutualTls: { readonly url: string; readonly authority: string };
  /** Of the mail server. */
  readonly smtpUrl: string;
  /** Writes a file that a setting names; gives its path. */
  readonly write: WriteFile;
}

/** `secret`: only its owner may read it. */
export type WriteFile = (
  name: string,
  content: string,
  options?: { readonly secret: true },
) => Promise<string>;

/** As those know a person who order something of them. */
export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly nationalId: string;
}

/** A person who acts: a function for each kind of thing that the method shows. */
export interface Persona {
  readonly name: string;
  /** As people call it. */
  readonly eid: string;
  /** Goes where the page leads, acts there, and gives where that leads back to. */
  redirect?(url: string): Promise<string>;
  /** Uses the client in the frame of a page of this origin; gives what that posts to the page. */
  frame?(page: {
    readonly parameters: Readonly<Record<string, string>>;
    readonly origin: string;
  }): Promise<string>;
  /** Does what the script of a page of this origin does with its options; gives what that posts. */
  script?(options: unknown, origin: string): Promise<unknown>;
  /** The method knows nobody: whoever has a phone or a mailbox. */
  readonly isAnybody?: true;
  /** Fills in the form that the method itself shows, by the names of its fields; undefined: it is not for this person. */
  answer?(fields: readonly string[]): Promise<Readonly<Record<string, string>> | undefined>;
  /** Acts in the app while the page waits, by the code that both show. */
  approve?(code: string): Promise<void>;
  /** Fills in the form that the method shows, with this national id if one is given. */
  form?(nationalId: string | undefined): {
    readonly values: Readonly<Record<string, string>>;
    /** What the person did. */
    readonly done: string;
  };
}
