/** Evidence of every kind, made from the same inputs each time: an order goes its way from the request to the file. */
import { pageOf, posted } from '../support/server/methods.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { TestPerson } from '@segl/sandbox/methods/nemid/persons';
import {
  anna,
  client,
  openTestApplication,
  demo,
  order,
  task,
  type TestApplication,
} from '../support/server/services.ts';
import { SMALL, writePdf } from '../support/pdf/pdf.ts';
import { createSealer, drawn, sendInAndPackage, witness } from '../support/signatures/witnessed.ts';
import {
  makeEvidenceFile,
  NEMID_PACKAGING_POLICY_1_0,
  packageOrder,
  PackagingFlow,
  preserveDue,
  readLtvSdo,
  type KeptTrust,
  type OrderSpec,
  type PackageKind,
  type SessionKey,
  type TaskSpec,
} from './subject.ts';

export interface MadePackage {
  /** Of its file. */
  readonly name: string;
  readonly kind: PackageKind;
  readonly bytes: Uint8Array;
  readonly trust: KeptTrust;
  /** When it is to be judged. */
  readonly at: string;
}

const EMPLOYEES = 'nemid-moces-sign';

const START = new Date('2026-11-20T12:00:00Z');
const PRESERVED = '2028-10-10T12:00:00Z';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** All of them, under names that stay; what is made in another form than before gets another name. */
export async function makePackages(): Promise<MadePackage[]> {
  return [
    ...(await withApplication({}, withCpr)),
    ...(await withApplication({ CPR_MODE: 'none' }, withoutCpr)),
    ...(await withEmployees()),
  ];
}

/** Employees' names are off until METHODS_FILE names them. */
async function withEmployees(): Promise<MadePackage[]> {
  const folder = await mkdtemp(join(tmpdir(), 'segl-golden-'));
  try {
    const methods = join(folder, 'methods.json');
    await writeFile(methods, JSON.stringify([{ name: EMPLOYEES }]));
    return await withApplication({ METHODS_FILE: methods }, ofEmployee);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Make = (home: TestApplication) => Promise<Omit<MadePackage, 'trust' | 'at'>[]>;

async function withApplication(settings: Record<string, string>, make: Make): Promise<MadePackage[]> {
  const home = await openTestApplication(START, () => settings);
  try {
    const made: MadePackage[] = [];
    const trust = await trustOf(home);
    for (const one of await make(home)) made.push({ ...one, trust, at: momentOf(one.kind) });
    return made;
  } finally {
    await home.close();
  }
}

/** A WSD alone has no proof of when it existed; a container is written last, after the clock has gone on. */
function momentOf(kind: PackageKind): string {
  const made = kind === 'container' ? new Date(PRESERVED) : START;
  return new Date(made.getTime() + (kind === 'WSD' ? HOUR / 2 : DAY)).toISOString();
}

const base64 = (all: readonly Uint8Array[]): string[] =>
  all.map((one) => Buffer.from(one).toString('base64'));

async function trustOf({ application, packaging }: TestApplication): Promise<KeptTrust> {
  const { signerAnchors } = await application.context.eid.of('demo');
  return {
    signers: base64(signerAnchors),
    seal: base64(packaging.seal.anchors),
    tsa: base64(packaging.tsaAnchors),
  };
}

const pdfOrder = (tasks: readonly TaskSpec[], more: Partial<OrderSpec> = {}): OrderSpec =>
  order(tasks, {
    documents: [
      {
        kind: 'provided',
        id: 'doc',
        description: 'Lejekontrakt æøå',
        mimeType: 'application/pdf',
        data: Buffer.from(writePdf(SMALL)),
      },
    ],
    ...more,
  });

async function ordered(
  home: TestApplication,
  spec: OrderSpec,
): Promise<{ key: SessionKey; requestId: string }> {
  const [requestId = ''] = (await home.orders.createRequests(demo, [spec])).requestIds;
  return { requestId, key: await home.portal.open({ requestId, taskId: 'a', client }) };
}

/** Anna, or another, signs what is there to sign; gives the package. */
async function signed(
  home: TestApplication,
  spec: OrderSpec,
  person = anna,
): Promise<{ bytes: Uint8Array; requestId: string }> {
  const { key, requestId } = await ordered(home, spec);
  await home.readAndSign(key, person);
  return { requestId, bytes: await sendInAndPackage(home, key, requestId) };
}

/** The same with a drawing beside the signature of the eID. */
async function drawnAndSigned(home: TestApplication): Promise<Uint8Array> {
  const signatures = [{ methods: [{ name: 'nemid-sign', handwritten: true }] }];
  const { key, requestId } = await ordered(home, order([task('a', anna, { signatures })]));
  (await home.portal.document(key, 'doc', client)).open().resume();
  await home.portal.markRead(key, 'doc');
  const { signTextDigest } = await home.portal.startDeclaring(key, 'doc', 'da');
  await home.portal.declare(key, 'doc', { signTextDigest, name: '', client, ...drawn });
  const response = await home.nativeSignature(key, 'doc', anna);
  await home.portal.receiveSignature(key, 'doc', { ...posted(response), ...pageOf(client) });
  return sendInAndPackage(home, key, requestId);
}

const withCpr: Make = async (home) => {
  const nemid = (await signed(home, order([task('a', anna)]))).bytes;
  const login = await witness(home, { way: 'login' });
  const ulla = { firstName: 'Ulla', lastName: 'Ås', attributes: [] };
  const hand = await witness(home, { way: 'hand', subject: ulla, declaration: drawn });
  const { reseal } = await createSealer(home);
  const pdf = await signed(home, pdfOrder([task('a', anna)]));
  const sealed = (method: string): Promise<Uint8Array> => sealedAs(home, pdf.requestId, method);
  return [
    { name: 'nemid.xml', kind: 'LTV-SDO', bytes: nemid },
    {
      name: 'nemid-policy-1.0.xml',
      kind: 'LTV-SDO',
      bytes: await reseal({ ...readLtvSdo(nemid), packagingPolicy: NEMID_PACKAGING_POLICY_1_0 }),
    },
    { name: 'nemid-handwritten.xml', kind: 'LTV-SDO', bytes: await drawnAndSigned(home) },
    { name: 'witnessed-login.xml', kind: 'LTV-SDO', bytes: login },
    { name: 'witnessed-handwriting.xml', kind: 'LTV-SDO', bytes: hand },
    { name: 'wsd.xml', kind: 'WSD', bytes: readLtvSdo(hand).native.bytes },
    { name: 'wsd-login.xml', kind: 'WSD', bytes: readLtvSdo(login).native.bytes },
    { name: 'nemid-pdf-listed.xml', kind: 'LTV-SDO', bytes: pdf.bytes },
    { name: 'pades-b-t.pdf', kind: 'PAdES', bytes: await sealed('pades-b-t') },
    { name: 'pades-b-lta.pdf', kind: 'PAdES', bytes: await sealed('pades') },
    { name: 'xades-b-lta.xml', kind: 'XAdES', bytes: await sealed('xades-b-lta') },
    { name: 'evidence-listed.asice', kind: 'container', bytes: await evidenceFile(home) },
  ];
};

const withoutCpr: Make = async (home) => [
  {
    name: 'nemid-without-cpr.xml',
    kind: 'LTV-SDO',
    bytes: (await signed(home, order([task('a', undefined)]))).bytes,
  },
];

const ofEmployee: Make = async (home) => {
  const sandboxUrl = home.application.context.config.variables['NEMID_CLIENT_URL'] ?? '';
  const made = await fetch(`${sandboxUrl}/testtools/api/persons`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ alias: 'mette', kind: 'moces', cvr: '12345678', company: 'Prøve & Søn ApS' },
      // what is left out is made up anew each time
      ...{ firstName: 'Liv Prøve', lastName: 'Mølholm' },
    }),
  });
  const mette = (await made.json()) as TestPerson;
  const signatures = [{ methods: [{ name: EMPLOYEES, handwritten: false }] }];
  const spec = pdfOrder([task('a', undefined, { signatures })]);
  return [{ name: 'nemid-employee.xml', kind: 'LTV-SDO', bytes: (await signed(home, spec, mette)).bytes }];
};

/** The order as one file, made as a caller asks for it. */
async function sealedAs(
  home: TestApplication,
  requestId: string,
  packagingMethod: string,
): Promise<Uint8Array> {
  const id = await new PackagingFlow(home.packaging).createPackage(demo, {
    validationPolicy: 'ltvsdo-validator',
    packagingMethod,
    sendResultToArchive: false,
    sdos: [{ sdo: { kind: 'order', requestId, taskId: 'a', documentId: 'doc', which: 'result' } }],
  });
  return buffer((await home.storing.getSds(demo, id)).open());
}

/** Of an order with a package in the archive and a PDF; preserved two years later. */
async function evidenceFile(home: TestApplication): Promise<Uint8Array> {
  const documents = [{ taskId: 'a', documentId: 'doc' }];
  const archived = task('a', anna, {
    documentActions: [{ type: 'sign', documentRef: 'doc', sendResultToArchive: true }],
  });
  const packaging = { id: 'p', method: 'pades', notifications: [], documents, sendToArchive: true };
  const { requestId } = await signed(home, pdfOrder([archived], { packagingTasks: [packaging] }));
  await packageOrder(home.packaging, { requestId, packagingTaskId: 'p' });
  await preserveDue(home.packaging);
  home.clock.set(PRESERVED);
  await preserveDue(home.packaging);
  return makeEvidenceFile(home.packaging, requestId, demo.service);
}
