/** Requests that wait in the app of a person (OpenID Connect CIBA Core 1.0), of one provider. */
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '@segl/problem/clock';
import { textInApp, type Broker, type Wanted } from './brokers.ts';
import { hintedPerson, type OidcPerson } from './persons.ts';

/** Seconds between two questions of whoever polls, and until a request has expired. */
const INTERVAL = 1;
export const REQUEST_LIFE = 120;

export interface WaitingRequest {
  readonly id: string;
  readonly person: OidcPerson;
  readonly wanted: Wanted;
  /** As it was asked. */
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Apps {
  readonly features: NonNullable<Configuration['features']>;
  readonly waiting: Map<string, WaitingRequest>;
  /** What the provider answers beyond what `oidc-provider` does: how often it may be asked, and that it was asked too often. */
  answered(oidc: KoaContextWithOIDC['oidc'] | undefined, body: Record<string, unknown>): void;
}

const accountOf = ({ id }: Broker, { uuid }: OidcPerson): string => `${id}-${uuid}`;

export function openApps(broker: Broker, clock: Clock): Apps {
  const waiting = new Map<string, WaitingRequest>();
  const asked = new Map<string, number>();
  const hinted = async (_ctx: unknown, hint = ''): Promise<string | undefined> => {
    const person = hintedPerson(hint);
    return person && accountOf(broker, person);
  };
  return {
    waiting,
    features: {
      ciba: {
        enabled: true,
        deliveryModes: ['poll'],
        processLoginHint: hinted,
        processLoginHintToken: hinted,
        validateBindingMessage: async () => undefined,
        validateRequestContext: async () => undefined,
        verifyUserCode: async () => undefined,
        async triggerAuthenticationDevice(_ctx, request) {
          const { jti: id } = request;
          const params = request.params as WaitingRequest['params'];
          const hint = [params['login_hint'], params['login_hint_token']].find(
            (one) => typeof one === 'string',
          );
          const person = hintedPerson(hint ?? '')!;
          waiting.set(id, {
            id,
            person,
            params,
            wanted: { ...broker.read(params), text: textInApp(params) },
          });
        },
      },
      ...(broker.inApp?.signedRequests && { requestObjects: { enabled: true } }),
    },
    answered(oidc, body) {
      if (oidc?.route === 'backchannel_authentication' && body['auth_req_id'] !== undefined)
        body['interval'] = INTERVAL;
      if (body['error'] !== 'authorization_pending') return;
      const id = String(oidc?.params?.['auth_req_id']);
      const now = clock.now().getTime();
      // a little less: whoever asks in time is not late by the network
      if (now - (asked.get(id) ?? 0) < INTERVAL * 900) body['error'] = 'slow_down';
      asked.set(id, now);
    },
  };
}
