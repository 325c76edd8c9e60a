/** What a project is run with, without a cluster and on one. */
export const project = {
  testEnvironment: '<rootDir>/scripts/jest-environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/scripts/jest-strip-types.mjs' },
};

/** The tests of what decides and acts: in `--coverage` these folders of src are measured by their own tests, and by no others. */
const measured = '<rootDir>/test/unit/(core|controllers)/';

/**
 * The first project has counters in its code with `--coverage`, the second has none.
 *
 * @type {import('jest').Config}
 */
export default {
  projects: [
    { ...project, testMatch: ['<rootDir>/test/unit/{core,controllers}/**/*.test.ts'] },
    {
      ...project,
      testMatch: ['<rootDir>/test/{unit,behaviour,contract}/**/*.test.ts', '<rootDir>/packages/*/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', measured],
      coveragePathIgnorePatterns: ['/'],
    },
  ],
  // Tests run on virtual time: how long they take says something about the machine, not about the product.
  testTimeout: 180_000,
  maxWorkers: 2,
  testSequencer: '<rootDir>/scripts/long-first.mjs',
  // V8's own counters forget most of what ran when many test files share a process.
  coverageProvider: 'babel',
  collectCoverageFrom: ['src/{core,controllers}/**/*.ts'],
  coverageDirectory: 'coverage',
  coverageReporters: ['json-summary', ['text', { file: 'lines.txt' }]],
};
