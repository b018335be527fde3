/** When somebody should know that a certificate ends. */
import type { Certificate } from './certificate.ts';

const DAY = 86_400_000;

/** Days before the end at which a warning is given. */
export const WARNING_DAYS = [60, 30, 7, 0] as const;

export const daysLeft = ({ notAfter }: Certificate, now: Date): number =>
  Math.floor((notAfter.getTime() - now.getTime()) / DAY);
