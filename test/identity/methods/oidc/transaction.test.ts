/** A broker that shows what is signed and seals that it did: what is taken and kept, and everything that is not. */
import { createHash } from 'node:crypto';
import t from 'tap';
import type { IdentityEvidence } from '@segl/identity/evidence/identity/content';
import { firstFailure, judgeIdentityEvidence } from '@segl/identity/evidence/identity/judge';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { carried, withId } from '@segl/identity/evidence/identity/write';
import { readJws } from '@segl/identity/evidence/identity/jws';
import { presentedOf } from '@segl/identity/evidence/identity/presented';
import { openProofTrust } from '@segl/identity/evidence/identity/trust';
import type { MethodTask, Step } from '@segl/identity/method';
import { TRANSACTION_LIES, type TransactionLie } from '@segl/sandbox/methods/oidc/lies';
import { DOCUMENT, goThrough, signTask, startOidc, told, visitor } from '../../../support/oidc.ts';
import { every } from '../../../support/sweep.ts';

const unpushed = { name: 'mitid-unpushed', eid: 'mitid', provider: 'unpushed', uses: ['sign'] };
const home = await startOidc(t, (written) => ({
  providers: { ...written.providers, unpushed: { ...written.providers['neb'], pushedRequests: 'off' } },
  methods: [
    ...written.methods,
    { ...unpushed, assurance: 'substantial', options: { transactionSigning: true } },
  ],
}));
const trust = await openProofTrust(home.sandbox.environment);
const method = home.method('mitid-shown');

const evidenceOf = (step: Step): IdentityEvidence => {
  if (step.kind !== 'done') throw new Error(told(step));
  return readIdentityEvidence(step.evidence[0]!.native);
};

const proofOf = ({ proofs }: IdentityEvidence, role: string): Buffer =>
  Buffer.from(proofs.find((one) => one.role === role)!.data!, 'base64');

/** The check and the reason of what is wrong first; undefined: nothing. */
function failureOf(evidence: IdentityEvidence, { anchors } = trust): string | undefined {
  const [document] = evidence.commitment.documents;
  const at = new Date(evidence.times.received);
  const { title, mediaType, sha256 } = document!;
  const about = { at, document: { title, mimeType: mediaType, sha256: Buffer.from(sha256, 'hex') } };
  const found = firstFailure(judgeIdentityEvidence(evidence, about, { anchors }));
  return found && `${found.check} ${found.why.code}`;
}

/** The same evidence with something else in it, whose hashes hold. */
const changed = (evidence: IdentityEvidence, change: Partial<IdentityEvidence>): IdentityEvidence =>
  withId({ ...evidence, ...change });

const withProof = (evidence: IdentityEvidence, role: string, bytes: Uint8Array): IdentityEvidence =>
  changed(evidence, {
    proofs: evidence.proofs.map((one) => (one.role === role ? { ...one, ...carried(bytes) } : one)),
  });

const signed = evidenceOf(await goThrough(method, signTask({ nationalId: '140582-2042' })));

t.test('the token and the status of its certificate are kept and judged', async (t) => {
  t.same(
    signed.proofs.map(({ role, mediaType }) => `${role} ${mediaType}`),
    [
      'id-token application/jwt',
      'userinfo application/jwt',
      'transaction-token application/jwt',
      'transaction-token-status application/ocsp-response',
      'request application/json',
    ],
  );
  const { claims } = readJws(proofOf(signed, 'transaction-token'));
  t.match(claims, {
    transaction_text_type: 'text',
    transaction_text_sha256: createHash('sha256').update(DOCUMENT).digest('base64'),
  });
  const request = JSON.parse(proofOf(signed, 'request').toString()) as object;
  t.match(request, { signtext_type: 'text', scope: /transaction_token/ });
  t.notOk('signtext_base64' in request, 'the document is not in it');
  t.notOk(signed.limits.includes('provider-keys-not-certified'));
  t.equal(failureOf(signed), undefined);
});

t.test('a PDF is shown as it is, also a large one; several documents as a list', async (t) => {
  const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(200_000, 0x20)]);
  const document = { id: 'doc', title: 'A promise', mediaType: 'application/pdf', read: async () => pdf };
  const one = evidenceOf(await goThrough(method, { ...signTask(), documents: [document] }));
  t.match(readJws(proofOf(one, 'transaction-token')).claims, { transaction_text_type: 'pdf' });
  const task: MethodTask = {
    ...signTask(),
    documents: [document, { ...document, id: 'other', title: 'Terms\u0000' }],
  };
  const several = evidenceOf(await goThrough(method, task));
  const { text } = presentedOf(several.commitment);
  t.match(
    text?.toString(),
    new RegExp(
      `^Sign: A promise, Terms\n\n1. A promise\napplication/pdf, 200009 bytes\nSHA-256 \\w{64}\n\n2. Terms\n[^]*\n${several.intent.code}$`,
    ),
  );
  t.equal(failureOf(several), undefined);
});

/** What each is refused for. */
const REFUSALS: Readonly<Record<TransactionLie, string>> = {
  'transaction-missing': 'request transaction/missing',
  'transaction-order': 'transaction-log-on transaction/other-log-on',
  'transaction-document': 'transaction-shown transaction/other-document',
  'transaction-unsigned': 'transaction-signed transaction/not-signed',
  'transaction-forged': 'transaction-core jws/signature',
  'transaction-policy': 'transaction-signer oces/policy',
  'transaction-revoked': 'transaction-status CERT_REVOKED',
  'transaction-no-status': 'transaction-status proof/no-status',
  'transaction-old-status': 'transaction-status OCSP_INVALID',
  'transaction-test': 'transaction-certificate CERT_PATH_INVALID',
};

t.test('what the broker says that is not so', async (t) => {
  for (const outcome of TRANSACTION_LIES)
    t.equal(
      told(await goThrough(method, signTask(), { outcome })),
      `NATIVE_SIGNATURE_REFUSED ${REFUSALS[outcome]}`,
      outcome,
    );
  t.equal(
    told(await goThrough(method, signTask(), { outcome: 'nonce' })),
    'NATIVE_SIGNATURE_REFUSED challenge id-token/nonce',
    'and of what all say',
  );
});

t.test('no byte of the proofs can be changed', async (t) => {
  for (const [role, step] of [
    ['transaction-token', 11],
    ['transaction-token-status', 7],
  ] as const) {
    const bytes = proofOf(signed, role);
    const unnoticed: number[] = [];
    for (let place = 0; place < bytes.length; place += every(step)) {
      const other = Buffer.from(bytes);
      other[place]! ^= 1;
      if (failureOf(withProof(signed, role, other)) === undefined) unnoticed.push(place);
    }
    t.same(unnoticed, [], role);
  }
});

t.test('nor of the certificate, and none counts that leads elsewhere', async (t) => {
  const { trust: kept } = signed;
  const keys = kept.find(({ role }) => role === 'keys')!;
  const set = JSON.parse(Buffer.from(keys.data, 'base64').toString()) as {
    keys: { kid: string; x5c?: string[] }[];
  };
  const { kid } = readJws(proofOf(signed, 'transaction-token')).header;
  const withChain = (chain: readonly Uint8Array[] | undefined): IdentityEvidence => {
    const all = set.keys.map(({ x5c, ...key }) =>
      key.kid !== kid
        ? { ...key, ...(x5c && { x5c }) }
        : { ...key, ...(chain && { x5c: chain.map((der) => Buffer.from(der).toString('base64')) }) },
    );
    const bytes = Buffer.from(JSON.stringify({ keys: all }));
    return changed(signed, {
      trust: kept.map((one) => (one === keys ? { ...one, ...carried(bytes) } : one)),
    });
  };
  const chain = set.keys.find((one) => one.kid === kid)!.x5c!.map((text) => Buffer.from(text, 'base64'));
  t.equal(failureOf(withChain(chain)), undefined);
  t.equal(failureOf(withChain(undefined)), 'transaction-core transaction/no-certificate');
  t.equal(failureOf(withChain(chain.slice(1))), 'transaction-core transaction/other-key');
  t.equal(failureOf(withChain(chain.slice(0, 1))), 'transaction-certificate CERT_PATH_INVALID');
  t.equal(failureOf(signed, { anchors: [], intermediates: [] }), 'transaction-certificate CERT_PATH_INVALID');
  const authority = {
    ...keys,
    role: 'certificate',
    mediaType: 'application/pkix-cert',
    ...carried(chain[1]!),
  };
  const short = withChain(chain.slice(0, 1));
  t.equal(failureOf(changed(short, { trust: [...short.trust, authority] })), undefined, 'kept beside');
  for (const number of [0, 1]) {
    const unnoticed: number[] = [];
    for (let place = 0; place < chain[number]!.length; place += every(13)) {
      const other = chain.map((der) => Buffer.from(der));
      other[number]![place]! ^= 1;
      if (failureOf(withChain(other)) === undefined) unnoticed.push(place);
    }
    t.same(unnoticed, [], `certificate ${String(number)}`);
  }
});

t.test('a document is never sent in an address', async (t) => {
  const started = await home.method('mitid-unpushed').start(signTask(), visitor);
  if (started.kind !== 'show' || started.show.as !== 'redirect') throw new Error(started.kind);
  t.same([...new URL(started.show.url).searchParams.keys()].sort(), ['client_id', 'request_uri']);
  t.ok(started.show.goodForMs, 'it was pushed, though the settings do not ask for it');
});

t.test('a name cannot ask it of an eID that does not show documents', async (t) => {
  const entry = home.catalogue.entries.find(({ name }) => name === 'mitid-idura')!;
  t.throws(() => home.opened.method({ ...entry, options: { transactionSigning: true } }, 'sign'), {
    code: 'CONFIG_INVALID',
  });
});

t.test('log-ons show nothing', async (t) => {
  const step = await goThrough(home.method('mitid-shown', 'authenticate'), { ...signTask(), documents: [] });
  t.notOk(evidenceOf(step).proofs.some(({ role }) => role === 'transaction-token'));
});
