/** Danish CPR numbers: `DDMMYYSSSS`. */

export interface Cpr {
  /** Ten digits without a hyphen. */
  readonly digits: string;
  /** ISO date, `yyyy-MM-dd`. */
  readonly birthDate: string;
  /** A hint only: numbers that fail the modulus 11 check have been issued since October 2007 and are valid. */
  readonly passesModulus11: boolean;
}

const WEIGHTS = [4, 3, 2, 7, 6, 5, 4, 3, 2, 1];

/**
 * Reads a CPR number as people type it: ten digits, with or without a hyphen or space after the sixth, the first six
 * a date that exists. Undefined when it is none. Whose number it is, is a question for the PID-CPR service.
 */
export function readCpr(text: string): Cpr | undefined {
  const parts = /^(\d{2})(\d{2})(\d{2})[- ]?(\d{4})$/.exec(text.trim());
  if (!parts) return undefined;
  const [, day = '', month = '', year = '', serial = ''] = parts;
  const fullYear = centuryOf(Number(serial[0]), Number(year)) + Number(year);
  const birth = new Date(Date.UTC(fullYear, Number(month) - 1, Number(day)));
  // Date rolls 31 April over into May; a date that exists comes back as it was given
  if (birth.getUTCMonth() !== Number(month) - 1 || birth.getUTCDate() !== Number(day)) return undefined;
  const digits = `${day}${month}${year}${serial}`;
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(digits[index]), 0);
  return { digits, birthDate: birth.toISOString().slice(0, 10), passesModulus11: sum % 11 === 0 };
}

/** True for what `readCpr` reads. */
export const isValidCpr = (text: string): boolean => readCpr(text) !== undefined;

/** The century is told by the seventh digit together with the year. */
function centuryOf(seventh: number, year: number): number {
  if (seventh <= 3) return 1900;
  if (seventh === 4 || seventh === 9) return year <= 36 ? 2000 : 1900;
  return year <= 57 ? 2000 : 1800;
}
