/** Clients of what is outside: services that settings or certificates name, and receivers of notifications. */
import type { HttpPost } from '@segl/pki/revocation/http';
import { RevocationService } from '@segl/pki/revocation/revocation';
import type { Clock } from '@segl/problem/clock';
import { CALLBACK_TIMEOUT_MS } from '../adapters/outbound/callback.ts';
import { createMailer, type Mailer } from '../adapters/outbound/mail.ts';
import { createOutbound, type Outbound } from '../adapters/outbound/outbound.ts';
import { createSmsGateway, type SmsGateway } from '../adapters/outbound/sms.ts';
import type { Config } from '../config/config.ts';

export const PROVIDER_TIMEOUT_MS = 10_000;

/** What reaches services that the settings or certificates name. */
export interface Services {
  readonly providers: Outbound;
  readonly post: HttpPost;
  readonly revocation: RevocationService;
  close(): Promise<void>;
}

/** Nothing is asked yet. Throws CONFIG_INVALID for INTERNAL_ALLOW. */
export function openServices(config: Config, clock: Clock): Services {
  const providers = createOutbound({ allow: config.internalAllow, timeoutMs: PROVIDER_TIMEOUT_MS });
  const post: HttpPost = (url, body, contentType) => providers.post(url, body, contentType);
  const revocation = new RevocationService({
    post,
    get: (url, maxBytes) => providers.fetch(url, maxBytes),
    clock,
    nonce: config.ocspNonce ? 'required' : 'optional',
  });
  return { providers, post, revocation, close: () => providers.close() };
}

/** What notifications go out by. */
export interface Messengers {
  /** For callbacks only; everything else goes to configured addresses. */
  readonly callbacks: Outbound;
  /** Undefined where the settings name none. */
  readonly mailer: Mailer | undefined;
  readonly smsGateway: SmsGateway | undefined;
  close(): Promise<void>;
}

/** Nothing is sent yet. Throws CONFIG_INVALID for CALLBACK_ALLOW. */
export function openMessengers(config: Config, { providers }: Pick<Services, 'providers'>): Messengers {
  const callbacks = createOutbound({ allow: config.callbackAllow, timeoutMs: CALLBACK_TIMEOUT_MS });
  const mailer = mailerOf(config);
  return {
    callbacks,
    mailer,
    smsGateway: smsGatewayOf(config, providers),
    close: async () => {
      mailer?.close();
      await callbacks.close();
    },
  };
}

export function mailerOf(config: Config): Mailer | undefined {
  if (config.smtpUrl === undefined) return undefined;
  return createMailer({ url: config.smtpUrl, from: config.mailFrom ?? '' });
}

export function smsGatewayOf(config: Config, outbound: Outbound): SmsGateway | undefined {
  const { smsGatewayUrl: url, smsGatewayToken: token, smsSender: from } = config;
  return url === undefined ? undefined : createSmsGateway({ url, token, from, outbound });
}
