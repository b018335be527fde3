/** NemID as a method to sign with. */
import { nemidProblems } from './problems.ts';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import type { RevocationService } from '@segl/pki/revocation/revocation';
import type {
  NativeResult,
  SignatureMethod,
  SignMaterial,
  StartedSignature,
  VerifiedSignature,
} from './native-method.ts';
import type { ExpectedSignature } from './expected.ts';
import { decodeResponse, factsOf, newChallenge, sha256, signerOf } from './client/client.ts';
import { readSignProperties, signParameters, writeSignProperties } from './client/parameters.ts';
import { clients } from './client/requests.ts';
import { numberSource } from './cpr/number-source.ts';
import type { PidCprClient } from './cpr/pid-cpr.ts';
import type { RidCprClient } from './cpr/rid-cpr.ts';
import { typeOf, type NameOptions } from './name-options.ts';
import { DIGEST_LIST, writeDigestList } from './client/digest-list.ts';
import { isPdf, writeSignText } from './client/sign-text.ts';
import { verifyNativeSignature, type VerifiedNative } from './evidence/verify.ts';

/** With what the name asks for. */
export interface NemIdOptions extends NameOptions {
  /** Base URL of the client. */
  readonly clientUrl: string;
  /** Our name as the provider has it on record; signers see it. */
  readonly friendlyName: string;
  readonly policyPrefix: string;
  /** DER. */
  readonly trustAnchors: readonly Uint8Array[];
  readonly vocesKey: SigningKey;
  readonly pidCpr: PidCprClient;
  /** Absent: employees' numbers are not compared. */
  readonly ridCpr?: RidCprClient | undefined;
  readonly revocation: RevocationService;
  readonly clock: { now(): Date };
  /** Cryptographically strong random bytes. */
  readonly random: (bytes: number) => Uint8Array;
}

/** Creates a method to sign with, `nemid-sign` or one of its kin. */
export function createNemIdMethod(options: NemIdOptions): SignatureMethod {
  const { clientUrl, friendlyName, policyPrefix, trustAnchors, vocesKey, revocation, clock, random } =
    options;
  const { holders, client } = options;
  return {
    family: 'nemid',
    typeName: 'NemID',
    friendlyName,

    async start(material, page) {
      const started = clock.now();
      const signText = writeSignText(material, page.language);
      const documentSha256 = sha256(material.bytes);
      const challenge = newChallenge(random);
      const digestList = isPdf(material.mimeType) ? writeDigestList([material]) : undefined;
      const parameters = await signParameters(
        clients[client].parameters({
          ...{ flow: 'sign', ...page, friendlyName, holders, signText, at: started },
          properties: signProperties(material, challenge, digestList),
        }),
        vocesKey,
      );
      const { text } = clients[client];
      return {
        clientUrl: clients[client].url(clientUrl, random),
        clientOrigin: new URL(clientUrl).origin,
        ...(text !== undefined && { text }),
        parameters,
        challenge,
        expected: {
          signText,
          documentSha256,
          ...(digestList !== undefined && { digestList }),
          mimeType: material.mimeType,
          parameters: abridge(parameters, documentSha256),
          startedAt: started.toISOString(),
        },
      } satisfies StartedSignature;
    },

    async receive(response, material, expected): Promise<NativeResult> {
      const native = decodeResponse(response);
      if ('code' in native) return { kind: 'error', code: native.code };
      requireSameDocument(material, expected);
      const at = clock.now();
      const verified = await verifyNativeSignature(
        native.message,
        {
          signText: expected.signText,
          ...(isPdf(material.mimeType) && { attachedPdf: material.bytes }),
          ...(expected.digestList !== undefined && { digestList: expected.digestList }),
          friendlyName,
          challenge: challengeOf(expected),
          startedAt: new Date(expected.startedAt),
        },
        { anchors: trustAnchors, policyPrefix, type: typeOf(holders), revocation, at },
      );
      return { kind: 'signature', signature: describe(native.message, verified, at) };
    },

    ...numberSource(holders, options),
  };
}

/** The list comes before the challenge, as in genuine messages; clients keep the order. */
function signProperties({ bytes }: SignMaterial, challenge: string, digestList: string | undefined): string {
  if (digestList === undefined) return writeSignProperties([['challenge', challenge]]);
  return writeSignProperties([
    [DIGEST_LIST, digestList],
    ['challenge', challenge],
    ['attachedpdf', Buffer.from(bytes).toString('base64')],
  ]);
}

const challengeOf = ({ parameters }: ExpectedSignature): string =>
  new Map(readSignProperties(parameters['SIGN_PROPERTIES'] ?? '')).get('challenge') ?? '';

/** The parameters as evidence keeps them: the PDF by its digest, since the document itself is kept anyway. */
function abridge(parameters: Readonly<Record<string, string>>, documentSha256: string) {
  const properties = readSignProperties(parameters['SIGN_PROPERTIES'] ?? '').map(([name, value]) =>
    name === 'attachedpdf' ? ([name, `sha256:${documentSha256}`] as const) : ([name, value] as const),
  );
  return { ...parameters, SIGN_PROPERTIES: writeSignProperties(properties) };
}

function requireSameDocument(material: SignMaterial, expected: ExpectedSignature): void {
  if (sha256(material.bytes) === expected.documentSha256 && material.mimeType === expected.mimeType) return;
  throw nemidProblems.error('NATIVE_SIGNATURE_REFUSED', {
    check: 'document-unchanged',
    why: nemidProblems.of('nemid/document-changed'),
  });
}

function describe(native: Uint8Array, verified: VerifiedNative, at: Date): VerifiedSignature {
  const { verdicts, validation } = verified;
  return {
    signer: signerOf(verified),
    certificate: verified.message.leaf.der,
    native,
    signingTime: at,
    verdicts,
    validation,
    facts: factsOf(native, verified),
  };
}
