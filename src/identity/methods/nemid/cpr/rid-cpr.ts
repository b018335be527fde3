/**
 * The RID-CPR service: whose CPR number belongs to an employee certificate. SOAP 1.1, document/literal, over TLS with
 * the VOCES of the service provider. Many employees have no number on record.
 */
import { nemidProblems } from '../problems.ts';
import { getChild, isElement, textOf, type XmlElement } from '@segl/ades/xml/document';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import type { HttpPost } from '@segl/pki/revocation/http';
import { escapeText, exchange, judgeStatus, SOAP, unavailable, type CprMode } from './cpr-service.ts';

const NAME = 'RID-CPR';
const RID = 'urn:oio:danid:nemid:erhverv:1.0.0';
const CPR = 'http://rep.oio.dk/cpr.dk/xml/schemas/core/2005/03/18/';

export interface RidCprOptions {
  readonly url: string;
  /** Service provider id (SPID) for RID-CPR: a number. */
  readonly serviceId: string;
  readonly post: HttpPost;
  readonly mode: CprMode;
}

/** `serialNumber`: the attribute as the certificate has it, `CVR:…-RID:…`. */
export interface RidCprClient {
  readonly mode: CprMode;
  /** Whether the CPR number belongs to the employee; `certificate` is DER. Throws as PidCprClient.match. */
  match(serialNumber: string, cpr: string, certificate: Uint8Array): Promise<boolean>;
  /** The CPR number of an employee; undefined when none is on record. Throws as `match`. */
  lookup(serialNumber: string): Promise<string | undefined>;
  /** Whether the service answers us, by certificate and service id. Throws as `match`. */
  test(): Promise<void>;
}

type Field = readonly [prefix: 'r' | 'c', name: string, value: string];

export function createRidCprClient({ url, serviceId, post, mode }: RidCprOptions): RidCprClient {
  const target = { service: NAME, url, post } as const;
  /** Gives what `read` finds in the answer, and what its status says. */
  const call = async <T>(operation: string, fields: readonly Field[], read: (output: XmlElement) => T) => {
    const content = [...fields, ['r', 'ServiceProviderIdentifier', serviceId] as const].map(
      ([prefix, name, value]) => `<${prefix}:${name}>${escapeText(value)}</${prefix}:${name}>`,
    );
    const request = `<r:${operation}Input xmlns:r="${RID}" xmlns:c="${CPR}">${content.join('')}</r:${operation}Input>`;
    const { ok, found } = await exchange(target, request, ({ root }) => {
      const output = getChild(getChild(root, SOAP, 'Body'), RID, `${operation}Output`);
      const status = textOf(getChild(output, RID, 'EmployeeIdentifierLookupStatusText')).trim();
      return { ok: judgeStatus(NAME, status), found: read(output) };
    });
    if (!ok) throw unavailable(NAME);
    return found;
  };
  const optional = (output: XmlElement, namespace: string, name: string): string | undefined => {
    const element = output.elements.find((child) => isElement(child, namespace, name));
    return element && textOf(element).trim();
  };
  const notAgreed = (name: Problem): SeglError =>
    nemidProblems.error('CPR_NOT_AGREED', { service: NAME, name, status: 'none' });
  return {
    mode,
    async match(serialNumber, cpr, certificate) {
      if (mode === 'none') throw notAgreed(nemidProblems.of('cpr/no-agreement'));
      const answer = await call(
        'MatchRidAndCpr',
        [
          ['r', 'SubjectSerialNumberIdentifier', serialNumber],
          ['c', 'PersonCivilRegistrationIdentifier', cpr],
          ['r', 'CertificateRequestData', Buffer.from(certificate).toString('base64')],
        ],
        (output) => optional(output, RID, 'MatchIndicator'),
      );
      if (answer === 'true' || answer === '1') return true;
      if (answer === 'false' || answer === '0') return false;
      throw unavailable(NAME);
    },
    async lookup(serialNumber) {
      if (mode !== 'lookup') throw notAgreed(nemidProblems.of('cpr/lookup-of-public'));
      const cpr = await call('GetCpr', [['r', 'SubjectSerialNumberIdentifier', serialNumber]], (output) =>
        optional(output, CPR, 'PersonCivilRegistrationIdentifier'),
      );
      // the schema has ten zeros for a number that is required but unknown
      if (!cpr || cpr === '0000000000') return undefined;
      if (!/^\d{10}$/.test(cpr)) throw unavailable(NAME);
      return cpr;
    },
    async test() {
      await call('TestConnection', [['r', 'TestRequestText', 'test']], () => undefined);
    },
  };
}
