/** How `npm run mutation` runs Stryker; scripts/mutation.mjs says over which sources and with which tests. */
export default {
  testRunner: 'tap',
  plugins: ['@stryker-mutator/tap-runner'],
  // the changed sources are compiled once, with every change in them and one switched on at a time, in a folder below
  // this one, whose node_modules it shares but for our own packages
  symlinkNodeModules: false,
  buildCommand: 'node scripts/mutation-build.mjs',
  checkers: [],
  coverageAnalysis: 'perTest',
  ignorePatterns: ['dist', 'data', 'out', '.tap'],
  tempDirName: '.stryker',
  concurrency: 2,
  timeoutMS: 40_000,
  // every test of the application starts a service
  dryRunTimeoutMinutes: 15,
  reporters: ['clear-text', 'progress-append-only', 'json', 'html'],
  clearTextReporter: { allowColor: false, logTests: false },
  // no score fails the run: what survives is looked at, and written down where it may stay
  thresholds: { high: 85, low: 70, break: null },
};
