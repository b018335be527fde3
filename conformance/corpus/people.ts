/** Who signs: people whose certificates are in order, and people of whom one thing is wrong. */
import type { Identity } from '../world.ts';
import type { Workshop } from './workshop.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** `now`: when the corpus is made. */
export function createPeople({ world, stranger }: Workshop, now: Date) {
  const later = (ms: number): Date => new Date(now.getTime() + ms);
  const people = {
    rsa: world.identity('RSA-2048', 'Rasmus RSA'),
    rsa4096: world.identity('RSA-4096', 'Rikke RSA'),
    pss: world.identity('RSA-PSS-3072', 'Per PSS'),
    ec: world.identity('P-256', 'Eva EC'),
    p384: world.identity('P-384', 'Emil EC'),
    other: world.identity('P-256', 'Somebody else'),
    revokedBefore: world.identity('P-256', 'Revoked before'),
    revokedLater: world.identity('P-256', 'Revoked later'),
    expired: world.identity('P-256', 'Expired', { until: later(-30 * DAY) }),
    notYetValid: world.identity('P-256', 'Not yet valid', { from: later(30 * DAY) }),
    unknown: stranger.identity('P-256', 'Stranger'),
    encipherer: world.identity('P-256', 'For encryption', { usages: ['keyAgreement'] }),
    authority: world.identity('P-256', 'An authority', { ca: true, usages: ['keyCertSign'] }),
    weak: world.identity('RSA-1024', 'Weak key'),
  } satisfies Record<string, Identity>;
  world.revoke(people.revokedBefore.certificate, later(-10 * DAY));
  world.revoke(people.revokedLater.certificate, later(HOUR));
  return people;
}

export type People = ReturnType<typeof createPeople>;

/** When it has become known that `revokedLater` was revoked. */
export const afterRevocation = (made: Date): Date => new Date(made.getTime() + 2 * HOUR);

/** The signers have expired, the time-stamp authority has not. */
export const inFourYears = (made: Date): Date => new Date(made.getTime() + 4 * 365 * DAY);
