/** Errors as codes with parameters, and the clock: what all packages share. */
export { ManualClock, systemClock, type Clock } from './clock.ts';
export { isSeglError, SeglError } from './errors.ts';
