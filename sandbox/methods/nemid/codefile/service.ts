/** The CodeFile client's server: it judges parameters and lays out the message; the key stays with the user. */
import { simulatorProblems } from '../problems.ts';
import { certificatesFromPem, certificatesToPem } from '@segl/pki/x509/pem';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { isSeglError } from '@segl/problem/errors';
import type { Clock } from '@segl/problem/clock';
import type { FindIdentity } from '../client/client-session.ts';
import type { FindProvider } from '../client/client-parameters.ts';
import { prepareNativeSignature, type SignatureProperty } from '../client/native-signature.ts';
import type { TransactionLog } from '../client/transactions.ts';
import type { TestPerson } from '../persons.ts';
import { checkCodeFileParameters, type CodeFileRequest } from './parameters.ts';

/** What the client shows before it asks for the key file, or the code with which it ends. */
export type CodeFileView =
  | {
      readonly view: 'open';
      readonly flow: 'login' | 'sign';
      readonly language: 'da' | 'en';
      readonly friendlyName: string;
      readonly signText: string;
    }
  | { readonly view: 'end'; readonly code: string };

/** The message in two parts around its signature, and what is to be signed; texts, base64 for the latter. */
export type CodeFileMessage =
  | { readonly before: string; readonly after: string; readonly signedInfo: string }
  | { readonly code: string };

// base64 of exactly this stands where the signature comes
const PLACE = Buffer.from('the signature comes here');

export interface CodeFileWorld {
  readonly identityOf: FindIdentity;
  readonly findProvider: FindProvider;
  readonly transactions: TransactionLog;
  readonly bill: (providerId: string, operation: 'logon' | 'sign') => Promise<void>;
  readonly clock: Clock;
}

export class CodeFileService {
  readonly #world: CodeFileWorld;

  constructor(world: CodeFileWorld) {
    this.#world = world;
  }

  /** A person's key file: PKCS#8 under PBES2, then the certificates; PEM, so openssl reads it too. */
  keyFile(person: TestPerson, password: string): string {
    if (password.length < 4) {
      throw simulatorProblems.error('BAD_REQUEST', {
        why: simulatorProblems.of('sandbox/key-file-password'),
      });
    }
    const { key, certificates } = this.#world.identityOf(person);
    const encrypted = key.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: password,
    });
    return `${encrypted.toString()}${certificatesToPem(certificates)}`;
  }

  start(parameters: string, origin: string, address: string): CodeFileView {
    const checked = this.#check(parameters, origin, address);
    if (checked.kind === 'refused') return { view: 'end', code: checked.code };
    const { flow, language, friendlyName, signText } = checked.request;
    return { view: 'open', flow, language, friendlyName, signText: Buffer.from(signText).toString('utf8') };
  }

  /** `pem` has leaf, issuing authority and root. */
  async prepare(parameters: string, origin: string, address: string, pem: string): Promise<CodeFileMessage> {
    const checked = this.#check(parameters, origin, address);
    if (checked.kind === 'refused') return { code: checked.code };
    const { request } = checked;
    const [leaf, issuer, root] = readCertificates(pem);
    // whether the certificate is any good is the provider's to find out, as it is with the real client
    if (!leaf || !issuer || !root) return this.#end(request, 'APP003');
    if (!parseCertificate(leaf).subjectDn.includes(request.subjectFilter))
      return this.#end(request, 'OCES002');
    const { signedInfo, complete } = prepareNativeSignature({
      properties: signedProperties(request),
      certificates: [leaf, issuer, root],
      variant: 'codefile',
    });
    const [before = '', after = ''] = Buffer.from(complete(PLACE))
      .toString('utf8')
      .split(PLACE.toString('base64'));
    await this.#note(request, 'CodeFile message laid out');
    await this.#world.bill(request.providerId, request.flow === 'sign' ? 'sign' : 'logon');
    return { before, after, signedInfo: Buffer.from(signedInfo).toString('base64') };
  }

  #check(parameters: string, origin: string, address: string) {
    const { clock, findProvider } = this.#world;
    return checkCodeFileParameters(parameters, origin, { now: clock.now(), findProvider, address });
  }

  async #end(request: CodeFileRequest, code: string): Promise<{ code: string }> {
    await this.#note(request, 'CodeFile ended', code);
    return { code };
  }

  #note({ friendlyName, flow }: CodeFileRequest, event: string, code?: string): Promise<void> {
    return this.#world.transactions.add({
      ...{ provider: friendlyName, flow, event },
      ...(code !== undefined && { code }),
    });
  }
}

function readCertificates(pem: string): Uint8Array[] {
  try {
    return certificatesFromPem(pem);
  } catch (error) {
    if (isSeglError(error)) return [];
    throw error;
  }
}

/** Upper-case SIGNTEXT and base64 all over, as CodeFile writes them. */
function signedProperties({
  flow,
  friendlyName,
  signText,
  properties,
}: CodeFileRequest): SignatureProperty[] {
  const property = (name: string, value: Uint8Array | string, visible: boolean): SignatureProperty => ({
    ...{ name, value, visible, encoding: 'base64' },
  });
  return [
    property('RequestIssuer', friendlyName, true),
    property('SIGNTEXT', signText, flow === 'sign'),
    property('action', flow === 'sign' ? 'sign' : 'logon', false),
    ...properties.map(([name, value]) =>
      property(name, name === 'attachedpdf' ? Buffer.from(value, 'base64') : value, false),
    ),
  ];
}
