/** G1 to G4, C1 to C4c, V1 to V3: how the signature came about and was judged. */
import { verifyParameters, readSignProperties } from '@segl/identity/methods/nemid/client/parameters';
import { nativeChecks } from '@segl/identity/methods/nemid/evidence/checks';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { MOCES_POLICY, POCES_POLICY } from '@segl/sandbox/methods/nemid/arc';
import { testPersons } from '@segl/sandbox/methods/nemid/persons';
import { Browser } from '@segl/sandbox/person/browser';
import { useNemId } from '@segl/sandbox/methods/nemid/person/client';
import { hiding, without, withValue } from '../support/forged-message.ts';
import { client, demo, order, task } from '../support/server/services.ts';
import { pdfBytes, refusal, TASK, type Requirement } from './world.ts';
import { pageOf, posted, parametersOf } from '../support/server/methods.ts';

const PID = 'PID:9208-2002-2-000000001011';
const NATIVE = 'NATIVE_SIGNATURE_REFUSED';

export const requirements: readonly Requirement[] = [
  [
    'G1',
    'the package verifies by itself thirty years later, and not without its evidence',
    async (t, { home, made, trust, resealed }) => {
      const start = home.clock.now();
      home.clock.set('2056-03-01T12:00:00Z');
      for (const { bytes } of Object.values(made)) t.ok(verifyPackage(bytes, trust).signerPath.length > 2);
      home.clock.set(start);
      const { content } = made.pdf;
      const { native } = content;
      t.equal(await resealed(content), undefined, 'sealed anew as it is, it verifies');
      const nothing = { certificates: [], ocsps: [], crls: [] };
      t.equal(
        await resealed({ ...content, native: { ...native, validation: nothing } }),
        'CERT_STATUS_UNKNOWN',
      );
    },
  ],
  [
    'G2',
    'packaging is due in the very transaction of sending in, never before and never twice',
    async (t, { home, open, sentIn, pack, stateOf, resultOf, made, refusalWithout }) => {
      const { db } = home.application.context;
      const due = ({ requestId }: { requestId: string }) =>
        db.query("select from jobs where queue = 'package-task' and payload->>'requestId' = $1", [requestId]);
      const early = await open('text');
      await home.readAndSign(early.key, testPersons[0]!);
      await pack(early);
      t.same([await stateOf(early), (await due(early)).length], ['created', 0], 'signed is not sent in');
      const visit = await sentIn('text');
      t.equal((await due(visit)).length, 1);
      await pack(visit);
      const first = await resultOf(visit);
      await pack(visit);
      t.same(await resultOf(visit), first, 'once');
      const { content, seal } = made.pdf;
      const last = content.creationAuditTrail.at(-1);
      t.equal(last?.type, 'signer-sent-in');
      t.same(seal.signingTime, last?.at, 'by the clock of this test at the same moment');
      t.equal(await refusalWithout('signer-sent-in'), 'POLICY_NOT_MET G2');
    },
  ],
  [
    'G3',
    'a signature that is refused is not kept, cannot be sent in and gets no package',
    async (t, { home, open, read, start, forger, pack, stateOf, resultOf }) => {
      const visit = await open('text');
      await read(visit);
      const parameters = parametersOf(await start(visit));
      const response = forger.sign(parameters, forger.person('anna'), withValue('signtext', 'Noget andet.'));
      await t.rejects(
        home.portal.receiveSignature(visit.key, 'doc', { ...posted(response), ...pageOf(client) }),
        { code: NATIVE },
      );
      const kept = await home.application.context.db.query(
        'select from native_signatures where session_ref = $1',
        [visit.key.ref],
      );
      t.equal(kept.length, 0);
      await t.rejects(home.portal.sendIn(visit.key), { code: 'STEP_NOT_DUE' });
      await pack(visit);
      t.same([await stateOf(visit), await resultOf(visit)], ['created', undefined]);
    },
  ],
  [
    'G4',
    'what is in the package is byte for byte what was kept when the signature was verified',
    async (t, { home, made, refusalAfter }) => {
      const [row] = await home.application.context.db.query<{ kept: Record<string, string[]> }>(
        "select evidence->'validation' as kept from native_signatures where session_ref = $1",
        [made.pdf.visit.key.ref],
      );
      const { validation } = made.pdf.content.native;
      for (const name of ['certificates', 'ocsps', 'crls'] as const) {
        t.same(
          validation[name].map((der) => Buffer.from(der).toString('base64')),
          row?.kept[name],
          name,
        );
      }
      const lose = (name: string): Promise<string | undefined> =>
        refusalAfter(
          `update native_signatures set evidence = jsonb_set(evidence, '{validation,${name}}', '[]') from ids where session_ref = ids.ref`,
        );
      t.equal(await lose('ocsps'), 'CERT_STATUS_UNKNOWN');
      t.equal(await lose('crls'), 'CERT_STATUS_UNKNOWN');
    },
  ],
  [
    'C1',
    'a POCES certificate signs; MOCES, and a person under the policy of employees, are refused',
    async (t, { made, received, forger, refusalAfter, home }) => {
      const told = made.pdf.content.verificationAuditTrail.find(
        ({ type }) => type === 'verified-certificate-type',
      );
      t.match(told?.data, [{}, { name: 'detail', value: 'POCES' }]);
      const employee = forger.issue({ serialNumber: 'CVR:99999999-RID:1', policy: MOCES_POLICY });
      t.equal(await received('text', employee), `${NATIVE} certificate-type`);
      const mixed = forger.issue({ serialNumber: PID, policy: MOCES_POLICY });
      t.equal(await received('text', mixed), `${NATIVE} certificate-type`);
      const message = Buffer.from(forger.sign({}, employee), 'base64');
      const { sha256 } = await home.application.context.blobs.put(message);
      t.equal(
        await refusalAfter(
          `update native_signatures set sha256 = '${sha256}' from ids where session_ref = ids.ref`,
        ),
        'OCSP_INVALID',
        'nor does it get into a package by another way',
      );
    },
  ],
  [
    'C2',
    'plain text and PDF can be signed; other types are refused in the order and in packaging',
    async (t, { home, made, refusalAfter }) => {
      t.match(made.text.content.document.mimeType, /^text\/plain/);
      t.equal(made.pdf.content.document.mimeType, 'application/pdf');
      for (const [mimeType, data] of [
        ['image/png', 'x'],
        ['text/html', '<p>x</p>'],
        ['application/pdf', 'no PDF'],
      ] as const) {
        const documents = [
          { kind: 'provided', id: 'doc', description: 'x', mimeType, data: Buffer.from(data) } as const,
        ];
        await t.rejects(
          home.orders.createRequests(demo, [order([task(TASK, undefined)], { documents })]),
          { code: 'ORDER_INVALID' },
          mimeType,
        );
      }
      t.equal(
        await refusalAfter(
          "update order_documents set content_type = 'image/png' from ids where order_documents.request_id = ids.request_id",
        ),
        'POLICY_NOT_MET C2',
      );
    },
  ],
  [
    'C3',
    'the client is started with signed parameters and a new challenge, and takes no others',
    async (t, { home, open, read, start }) => {
      const visit = await open('pdf');
      await read(visit);
      const parameters = parametersOf(await start(visit));
      t.match(verifyParameters(parameters), { digestMatches: true, signatureMatches: true });
      t.match(parameters, {
        CLIENTFLOW: 'OCESSIGN2',
        SIGNTEXT_FORMAT: 'TEXT',
        TIMESTAMP: /^2026-03-01 12:00:00/,
      });
      const challenge = (of: Readonly<Record<string, string>>) =>
        new Map(readSignProperties(of['SIGN_PROPERTIES'] ?? '')).get('challenge');
      t.not(challenge(parameters), challenge(parametersOf(await start(visit))));
      const { config } = home.application.context;
      const changed = { ...parameters, SIGNTEXT: Buffer.from('Noget andet.').toString('base64') };
      const code = await useNemId(
        new Browser('da'),
        config.variables['NEMID_CLIENT_URL'] ?? '',
        testPersons[0]!,
        {
          parameters: changed,
          origin: config.publicUrl,
        },
      );
      t.match(Buffer.from(code, 'base64').toString(), /^(APP|SRV)\d+/);
    },
  ],
  [
    'C4a',
    'the client does not start before the PDF was shown, and the package tells that it was',
    async (t, { home, open, start, made, refusalWithout, refusalAfter }) => {
      const visit = await open('pdf');
      await t.rejects(home.portal.markRead(visit.key, 'doc'), { code: 'DOCUMENT_NOT_SHOWN' });
      await t.rejects(start(visit), { code: 'STEP_NOT_DUE' });
      const types = made.pdf.content.creationAuditTrail.map(({ type }) => type);
      t.ok(types.indexOf('presented-document-to-signer') < types.indexOf('invoked-sign-call'));
      t.equal(await refusalWithout('presented-document-to-signer'), 'POLICY_NOT_MET C4a');
      t.equal(
        await refusalAfter(
          `update audit_entries set data = (jsonb_set(data::jsonb, '{document-digest}', '"AAAA"'))::json from ids
           where session_ref = ids.ref and type = 'presented-document-to-signer'`,
        ),
        'POLICY_NOT_MET C4a',
        'another document was shown',
      );
    },
  ],
  [
    'C4b',
    'the native signature covers the very PDF; another one, or none, is refused',
    async (t, { made, received, forger, resealed }) => {
      t.ok(pdfBytes.equals(made.pdf.document ?? Buffer.of()));
      const anna = forger.person('anna');
      const other = Buffer.concat([pdfBytes, Buffer.from('\n')]);
      t.equal(await received('pdf', anna, withValue('attachedpdf', other)), `${NATIVE} attached-document`);
      t.equal(await received('pdf', anna, without('attachedpdf')), `${NATIVE} attached-document`);
      const { content } = made.pdf;
      const sha256 = new Uint8Array(32);
      t.equal(await resealed({ ...content, document: { ...content.document, sha256 } }), 'EVIDENCE_INVALID');
    },
  ],
  [
    'C4c',
    'the signer is shown the declaration; another text, or a hidden one, is refused',
    async (t, { open, read, start, received, forger }) => {
      const visit = await open('pdf');
      await read(visit);
      const parameters = parametersOf(await start(visit));
      const text = Buffer.from(parameters['SIGNTEXT'] ?? '', 'base64').toString();
      t.match(text, /jeg forpligter mig til dets indhold med min underskrift/);
      const anna = forger.person('anna');
      t.equal(await received('pdf', anna, withValue('signtext', `${text} Måske.`)), `${NATIVE} sign-text`);
      t.equal(await received('pdf', anna, hiding('signtext')), `${NATIVE} sign-text-visible`);
      t.equal(await received('pdf', anna), undefined, 'while the same message unchanged is taken');
    },
  ],
  [
    'V1',
    'every check of the guidelines is made and told; text, PDF and challenge must be those that were sent',
    async (t, { made, received, forger, refusalWithout }) => {
      const told = new Set(made.pdf.content.verificationAuditTrail.map(({ type }) => type));
      for (const { id } of nativeChecks) t.ok(told.has(`verified-${id}`), id);
      const anna = forger.person('anna');
      for (const [name, value, check] of [
        ['action', 'logon', 'action'],
        ['challenge', '00', 'challenge'],
        ['RequestIssuer', 'En anden', 'request-issuer'],
        ['TimeStamp', '2026-03-01 11:50:00+0000', 'time-stamp-plausible'],
      ] as const) {
        t.equal(await received('text', anna, withValue(name, value)), `${NATIVE} ${check}`);
      }
      t.equal(await refusalWithout('verified-challenge'), 'POLICY_NOT_MET V1');
    },
  ],
  [
    'V2',
    'core validation finds a changed bit, on arrival and in the package',
    async (t, { home, open, read, start, forger, made, resealed, refusalWithout }) => {
      const visit = await open('text');
      await read(visit);
      const parameters = parametersOf(await start(visit));
      const message = Buffer.from(forger.sign(parameters, forger.person('anna')), 'base64');
      const at = message.indexOf('<ds:SignatureValue>') + 30;
      message[at] = message[at] === 65 ? 66 : 65;
      const response = message.toString('base64');
      t.equal(
        await refusal(() =>
          home.portal.receiveSignature(visit.key, 'doc', { ...posted(response), ...pageOf(client) }),
        ),
        `${NATIVE} core`,
      );
      const { content } = made.text;
      const bytes = Buffer.from(content.native.bytes);
      const inside = bytes.indexOf('<openoces:Value') + 60;
      bytes[inside] = bytes[inside] === 65 ? 66 : 65;
      t.match(
        await resealed({ ...content, native: { ...content.native, bytes } }),
        /^NATIVE_SIGNATURE_REFUSED/,
      );
      t.equal(await refusalWithout('verified-core'), 'POLICY_NOT_MET V2');
    },
  ],
  [
    'V3',
    'path and status are judged up to the anchors: strangers, revoked and expired signers are refused',
    async (t, { home, made, received, forger, refusalWithout }) => {
      t.same(made.pdf.signerPath.at(-1)?.der, home.application.context.eid.installation.signerAnchors[0]);
      const issuer = forger.issue({ serialNumber: 'CVR:1-UID:1', policy: POCES_POLICY });
      const stranger = forger.issue({ serialNumber: PID, policy: POCES_POLICY, issuer });
      t.equal(await received('text', stranger), `${NATIVE} path`);
      t.equal(await received('text', forger.person('esben')), `${NATIVE} revocation`);
      const old = forger.issue({ serialNumber: PID, policy: POCES_POLICY, until: new Date('2026-02-28') });
      t.equal(await received('text', old), `${NATIVE} validity`);
      t.equal(await refusalWithout('verified-revocation'), 'POLICY_NOT_MET V3');
    },
  ],
];
