/** The certificates of the simulator's users and of companies, in the sandbox's world. */
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { isSeglError } from '@segl/problem/errors';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { buildPath } from '@segl/pki/x509/path';
import type { CertificateState } from '../../world/holder.ts';
import type { World } from '../../world/world.ts';
import { VOCES_POLICY } from './arc.ts';
import { enterpriseHolder, holders, personHolder, type EnterpriseSubject } from './hierarchy.ts';
import type { TestPerson } from './persons.ts';

const SUBJECT_SERIAL_NUMBER = '2.5.4.5';

/** A key with certificates in the order leaf, issuing authority, root. */
export interface Identity {
  readonly key: KeyObject;
  readonly certificates: [Uint8Array, Uint8Array, Uint8Array];
}

export class Certificates {
  readonly #world: World;

  private constructor(world: World) {
    this.#world = world;
  }

  static async open(world: World, persons: readonly TestPerson[]): Promise<Certificates> {
    await world.add(holders(persons));
    return new Certificates(world);
  }

  /** DER. */
  of(person: TestPerson): Uint8Array {
    return this.#world.certificate(personHolder(person).id);
  }

  identityOf(person: TestPerson): Identity {
    return this.#identity(this.#world.key(personHolder(person).id), this.of(person));
  }

  #identity(key: KeyObject, leaf: Uint8Array): Identity {
    return {
      key,
      certificates: [leaf, this.#world.certificate('oces-ca'), this.#world.certificate('oces-root')],
    };
  }

  /** Makes key and certificate for a person who is new. */
  enroll(person: TestPerson): Promise<void> {
    return this.#world.issue(personHolder(person));
  }

  /** What holds for the person's latest certificate now. */
  state(person: TestPerson): CertificateState {
    return this.#world.state(personHolder(person));
  }

  setState(person: TestPerson, state: CertificateState): Promise<void> {
    return this.#world.setState(personHolder(person), state);
  }

  /** DER of the certificate that was ordered. */
  ofOrder(id: string): Uint8Array {
    return this.#world.certificate(`order-${id}`);
  }

  /** A new key with its certificate for a company or function; the sandbox keeps only the certificate. */
  async issue(id: string, subject: EnterpriseSubject): Promise<Identity> {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    await this.#world.issue(enterpriseHolder(id, subject), privateKey);
    return this.#identity(privateKey, this.ofOrder(id));
  }

  revoke(id: string, subject: EnterpriseSubject): Promise<void> {
    return this.#world.setState(enterpriseHolder(id, subject), 'revoked');
  }

  /** The serialNumber attribute of a VOCES certificate (DER) that was issued here, is valid now and not revoked. */
  findVoces(der: Uint8Array, at: Date): string | undefined {
    try {
      const leaf = parseCertificate(der);
      buildPath({
        leaf,
        intermediates: [parseCertificate(this.#world.certificate('oces-ca'))],
        anchors: [parseCertificate(this.#world.certificate('oces-root'))],
        at,
      });
      const status = this.#world.status('oces-ca', leaf.serialNumber);
      return leaf.policies.includes(VOCES_POLICY) && status?.status === 'good'
        ? leaf.subject.attribute(SUBJECT_SERIAL_NUMBER)
        : undefined;
    } catch (error) {
      if (isSeglError(error)) return undefined;
      throw error;
    }
  }
}
