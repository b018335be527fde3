/** Points in time as people read them, with zone and offset, so that nobody has to guess. */
import type { Language } from './template/template-texts.ts';

const LOCALES: Readonly<Record<Language, string>> = { da: 'da-DK', en: 'en-GB' };
const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: Language, timeZone: string, zoneName: 'short' | 'longOffset'): Intl.DateTimeFormat {
  const key = `${language} ${timeZone} ${zoneName}`;
  let known = formats.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat(LOCALES[language], {
      timeZone,
      year: 'numeric',
      month: 'long',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: zoneName,
    });
    formats.set(key, known);
  }
  return known;
}

/**
 * `20. november 2026 kl. 18.44.05 CET (UTC+01:00)` or `20 November 2026, 18:44:05 CET (UTC+01:00)`.
 * `timeZone`: IANA name.
 */
export function timeText(time: Date, language: Language, timeZone: string): string {
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of format(language, timeZone, 'short').formatToParts(time)) part[type] = value;
  const { day, month, year, hour, minute, second, timeZoneName: zone = '' } = part;
  // the Danish form of an offset would be +01.00
  const offset =
    format('en', timeZone, 'longOffset')
      .formatToParts(time)
      .find(({ type }) => type === 'timeZoneName')
      ?.value.replace('GMT', '') || '+00:00';
  // zones without a short name of their own are written as an offset already
  const zoneText = /^[A-Z]+$/.test(zone) ? `${zone} (UTC${offset})` : `UTC${offset}`;
  switch (language) {
    case 'da':
      return `${day}. ${month} ${year} kl. ${hour}.${minute}.${second} ${zoneText}`;
    case 'en':
      return `${day} ${month} ${year}, ${hour}:${minute}:${second} ${zoneText}`;
  }
}
