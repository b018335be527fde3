/** Errors as codes with parameters, their texts in every language, and the clock: what all packages share. */
export { Catalogue, type Language, type ValueFormat } from './catalogue.ts';
export { ManualClock, systemClock, type Clock } from './clock.ts';
export { defineProblems, isSeglError, SeglError } from './errors.ts';
export { reasonOf, type Params, type Problem } from './problem.ts';
