/** What the providers remember between requests: in this process, until it ends. */
import type { Adapter, AdapterPayload } from 'oidc-provider';

const grantKey = (grantId: string): string => `grant:${grantId}`;

/** A store for all kinds of things of one provider, as `oidc-provider` wants one for each. */
export function createStore(): (kind: string) => Adapter {
  const things = new Map<string, AdapterPayload>();
  const grants = new Map<string, Set<string>>();
  const others = new Map<string, string>();
  return (kind) => {
    const keyOf = (id: string): string => `${kind}:${id}`;
    return {
      async upsert(id, payload) {
        const key = keyOf(id);
        things.set(key, payload);
        if (payload.grantId !== undefined) {
          const known = grants.get(grantKey(payload.grantId)) ?? new Set();
          grants.set(grantKey(payload.grantId), known.add(key));
        }
        if (payload.uid !== undefined) others.set(`uid:${payload.uid}`, key);
        if (payload.userCode !== undefined) others.set(`code:${payload.userCode}`, key);
      },
      find: async (id) => things.get(keyOf(id)),
      findByUid: async (uid) => things.get(others.get(`uid:${uid}`) ?? ''),
      findByUserCode: async (code) => things.get(others.get(`code:${code}`) ?? ''),
      async consume(id) {
        const found = things.get(keyOf(id));
        // the provider compares it with its own clock, in seconds
        if (found) things.set(keyOf(id), { ...found, consumed: found.iat ?? 1 });
      },
      async destroy(id) {
        things.delete(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        for (const key of grants.get(grantKey(grantId)) ?? []) things.delete(key);
      },
    };
  };
}
