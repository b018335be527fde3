/** Deadlines and other moments as signers read them. */
import type { Language } from '@segl/problem/catalogue';
import { DEFAULT_TIME_ZONE } from './schedule.ts';

const LOCALES: Readonly<Record<Language, string>> = { da: 'da-DK', en: 'en-GB' };

/**
 * `mandag den 4. maj 2026 kl. 10.00 CEST` or `Monday 4 May 2026 at 10:00 CEST`: nobody has to count days, or to guess the
 * zone.
 */
export const momentText = (moment: Date, language: Language): string =>
  new Intl.DateTimeFormat(LOCALES[language], {
    ...{ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
    ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    ...{ timeZone: DEFAULT_TIME_ZONE, timeZoneName: 'short' },
  })
    .format(moment)
    // some versions of the locale data put a comma behind the day of the week
    .replace(/^(\p{L}+),/u, '$1');
