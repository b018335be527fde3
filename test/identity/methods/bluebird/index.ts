/** Bluebird: an eID that there is not. The signer is sent away, and comes back with a token about the document. */
import { readFile } from 'node:fs/promises';
import type {
  CatalogueEntry,
  IdentityMethod,
  MethodDeps,
  MethodModule,
  MethodTask,
  Step,
  Use,
} from '@segl/identity/method';
import { identityProblems } from '@segl/identity/problems';
import { setting, type Settings } from '@segl/identity/settings';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { generalProblems } from '@segl/problem/problems';
import { folder, FORMAT, formats, policies, validation } from './evidence.ts';
import { readToken, sha256 } from './token.ts';

const settings = {
  url: setting('BLUEBIRD_URL', 'base-url', 'Where signers are sent.'),
  trustFile: setting('BLUEBIRD_TRUST_FILE', 'path', 'PEM certificate of the provider.'),
} as const;
export type BluebirdSettings = Settings<typeof settings>;

interface State {
  readonly nonce: string;
  readonly about: string;
}

async function aboutOf({ documents: [document], binding }: MethodTask): Promise<string> {
  return document ? sha256(await document.read()) : (binding ?? 'nothing but who it is');
}

export function methodOf(
  { assurance }: CatalogueEntry,
  use: Use,
  { url }: BluebirdSettings,
  anchors: readonly Uint8Array[],
  { clock, random }: MethodDeps,
): IdentityMethod {
  const refused = (check: string): Step => ({
    kind: 'refused',
    problem: identityProblems.error('NATIVE_SIGNATURE_REFUSED', { check, why: check } as never),
    retry: 'restart',
  });
  return {
    ...(use === 'sign' && { signs: 'native' as const }),
    comparesNationalIds: false,
    async start(task, { language }) {
      const state: State = { nonce: Buffer.from(random(16)).toString('hex'), about: await aboutOf(task) };
      const query = new URLSearchParams({
        ...{ ...state, language, level: assurance },
        return: task.returnUrl,
        state: task.returnState,
      });
      const show = { as: 'redirect' as const, url: `${url!}/authorize?${query.toString()}` };
      return { kind: 'show', state: JSON.stringify(state), show, asked: { nonce: state.nonce } };
    },
    async continue(task, state, input) {
      if (input.kind !== 'returned') return refused('returned');
      const { error, token: text = '' } = input.params;
      if (error !== undefined) return { kind: 'cancelled', code: error };
      const { nonce, about } = JSON.parse(state) as State;
      const native = Buffer.from(text);
      const token = readToken(native);
      if (!token?.holds) return refused('core');
      if (!anchors.some((der) => Buffer.compare(der, token.certificate) === 0)) return refused('provider');
      if (token.claims.nonce !== nonce) return refused('nonce');
      if (token.claims.about !== about || about !== (await aboutOf(task))) return refused('document');
      const { sub, name } = token.claims;
      const checks = ['core', 'provider', 'nonce', 'document'].map((check) => ({ check, ok: true }));
      const [document] = task.documents;
      return {
        kind: 'done',
        identity: { subjectId: sub, displayName: name, attributes: [{ name: 'level', value: assurance }] },
        evidence: [
          {
            ...(document && { documentId: document.id }),
            ...{ format: FORMAT, native, checks, at: clock.now() },
            validation: { certificates: [token.certificate], ocsps: [], crls: [] },
            facts: { 'token-sha256': sha256(native) },
            request: { nonce, about },
          },
        ],
        audit: [{ type: 'bluebird-flew', of: 'verification', data: { description: 'The bird was seen' } }],
      };
    },
  };
}

const bluebird: MethodModule<BluebirdSettings> = {
  id: 'bluebird',
  family: 'bluebird',
  names: [],
  settings,
  required: () => ['url', 'trustFile'],
  texts: folder('texts/'),
  formats,
  policies,
  validation,
  async open(read, deps) {
    const anchors = certificatesFromPem(await readFile(read.trustFile!, 'utf8'));
    return {
      method: (entry, use) => methodOf(entry, use, read, anchors, deps),
      anchors,
      certificates: [],
      issuers: [],
      doctor: async () => [
        { check: 'provider', verdict: 'ok', found: generalProblems.of('foreign/said', { said: read.url! }) },
      ],
      close: async () => undefined,
    };
  },
};

export default bluebird;
