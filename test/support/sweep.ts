/** Tests that change a file byte by byte: all bytes where SEGL_SWEEP=all (nightly), else one in so many. */
export const SWEEPS_ALL = process.env['SEGL_SWEEP'] === 'all';

/** `step`: a prime, so that in the short form every place of a repeated structure has its turn. */
export const every = (step: number): number => (SWEEPS_ALL ? 1 : step);
