import { randomBytes, randomInt, randomUUID, timingSafeEqual } from 'node:crypto';
import { simulatorProblems } from '../problems.ts';
import { createTransport } from 'nodemailer';
import type { Clock } from '@segl/problem/clock';
import { generalProblems } from '@segl/problem/problems';
import { isPassword } from '../client/account-rules.ts';
import { writePkcs12 } from '../../../pki/pkcs12.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import type { Certificates } from '../certificates.ts';
import { enterpriseSerial, type EnterpriseSubject } from '../hierarchy.ts';
import { JsonFile } from '../../../world/json-file.ts';
import type { CertificateOrder } from './form.ts';

/** An order and how far it has come. */
export interface PlacedOrder extends CertificateOrder {
  /** Names it in URLs of its own pages. */
  readonly id: string;
  /** Names it in the activation link, which only the contact's mail has. */
  readonly token: string;
  /** UID, FID or UUID. */
  readonly number: string;
  readonly orderedAt: string;
  /** Shown on demand to whoever ordered; the contact types it to activate. */
  readonly temporaryPassword: string;
  wrongPasswords: number;
  state: 'ordered' | 'activated' | 'revoked' | 'locked';
}

const CALLED = {
  voces: 'virksomhedssignaturen',
  foces: 'funktionssignaturen',
  system: 'systemcertifikatet',
} as const;

const ATTEMPTS = 5;
const WORD = 'abcdefghjkmnpqrstuvwxyz23456789';

const word = (length: number): string => Array.from({ length }, () => WORD[randomInt(WORD.length)]).join('');

const same = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

const subjectOf = ({ type, cvr, company, name, number }: PlacedOrder): EnterpriseSubject => ({
  ...{ type, cvr, company, name, number },
});

interface Parts {
  /** The sandbox's own. */
  readonly url: string;
  readonly certificates: Certificates;
  readonly providers: ProviderRegistry;
  readonly clock: Clock;
  /** URL of the mail server that takes the activation mails. */
  readonly smtp: string;
}

/** Orders of certificates for companies, functions and systems: placed, mailed, activated. Kept on disk. */
export class OrderService {
  readonly #file: JsonFile<PlacedOrder[]>;
  readonly #url: string;
  readonly #certificates: Certificates;
  readonly #providers: ProviderRegistry;
  readonly #clock: Clock;
  readonly #smtp: string;

  private constructor(file: JsonFile<PlacedOrder[]>, parts: Parts) {
    this.#file = file;
    this.#url = parts.url;
    this.#certificates = parts.certificates;
    this.#providers = parts.providers;
    this.#clock = parts.clock;
    this.#smtp = parts.smtp;
  }

  static async open(path: string, parts: Parts): Promise<OrderService> {
    return new OrderService(await JsonFile.open<PlacedOrder[]>(path, () => []), parts);
  }

  /** Newest first. */
  get all(): PlacedOrder[] {
    return [...this.#file.value].reverse();
  }

  /** Throws NOT_FOUND. */
  get(id: string): PlacedOrder {
    return this.#find((order) => order.id === id);
  }

  /** Throws NOT_FOUND. */
  byToken(token: string): PlacedOrder {
    return this.#find((order) => same(order.token, token));
  }

  serialNumber(order: PlacedOrder): string {
    return enterpriseSerial(subjectOf(order));
  }

  /** DER of the certificate, once it is activated. Throws NOT_FOUND. */
  certificate(order: PlacedOrder): Uint8Array {
    if (order.state !== 'activated' && order.state !== 'revoked') throw generalProblems.error('NOT_FOUND');
    return this.#certificates.ofOrder(order.id);
  }

  /** Takes the order, and mails the activation link to the contact. */
  async place(order: CertificateOrder): Promise<PlacedOrder> {
    const placed: PlacedOrder = {
      ...order,
      id: word(12),
      token: randomBytes(24).toString('base64url'),
      number: order.type === 'system' ? randomUUID() : String(randomInt(10_000_000, 99_999_999)),
      orderedAt: this.#clock.now().toISOString(),
      temporaryPassword: `${word(4)}-${word(4)}`,
      wrongPasswords: 0,
      state: 'ordered',
    };
    this.#file.value.push(placed);
    await this.#file.save();
    const transport = createTransport(this.#smtp);
    try {
      await transport.sendMail({
        from: { name: 'NemID (sandkasse)', address: 'nemid@sandbox.example' },
        to: placed.email,
        subject: `Aktivér ${CALLED[placed.type]} ${placed.name}`,
        text: [
          `Til ${placed.contact}`,
          '',
          'En signatur er bestilt med dig som teknisk kontaktperson. Aktivér den her:',
          `${this.#url}/orders/activate/${placed.token}`,
          '',
          'Du skal bruge den midlertidige adgangskode, som bestilleren giver dig.',
          '',
        ].join('\n'),
      });
    } finally {
      transport.close();
    }
    return placed;
  }

  /**
   * Makes key and certificate, and gives them as a PKCS#12 file under `password`, once. Five wrong temporary passwords
   * lock the order. Throws BAD_REQUEST.
   */
  async activate(token: string, temporaryPassword: string, password: string): Promise<Uint8Array> {
    const order = this.byToken(token);
    if (order.state !== 'ordered') {
      throw simulatorProblems.error('BAD_REQUEST', {
        why: simulatorProblems.of('sandbox/order-state', { state: order.state }),
      });
    }
    if (!same(temporaryPassword.trim(), order.temporaryPassword)) {
      order.wrongPasswords += 1;
      if (order.wrongPasswords >= ATTEMPTS) order.state = 'locked';
      await this.#file.save();
      throw simulatorProblems.error('BAD_REQUEST', {
        why: simulatorProblems.of('sandbox/temporary-password', { left: ATTEMPTS - order.wrongPasswords }),
      });
    }
    if (!isPassword(password)) {
      throw simulatorProblems.error('BAD_REQUEST', {
        why: simulatorProblems.of('sandbox/password'),
      });
    }
    // two at once must not both get a certificate
    order.state = 'activated';
    const { key, certificates } = await this.#certificates.issue(order.id, subjectOf(order));
    if (order.type === 'voces') {
      await this.#providers.set({
        id: this.serialNumber(order),
        friendlyName: order.name,
        allow: [],
        clients: ['js', 'codefile'],
      });
    }
    await this.#file.save();
    return writePkcs12({ key, certificates, password, name: order.name });
  }

  async revoke(id: string): Promise<void> {
    const order = this.get(id);
    if (order.state === 'activated') await this.#certificates.revoke(order.id, subjectOf(order));
    order.state = 'revoked';
    await this.#file.save();
  }

  #find(wanted: (order: PlacedOrder) => boolean): PlacedOrder {
    const order = this.#file.value.find(wanted);
    if (!order) throw generalProblems.error('NOT_FOUND');
    return order;
  }
}
