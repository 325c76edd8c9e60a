/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/{unit,behaviour,contract}/**/*.test.ts', '<rootDir>/packages/*/test/**/*.test.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/scripts/jest-strip-types.mjs' },
  // Tests run on virtual time: how long they take says something about the machine, not about the product.
  testTimeout: 180_000,
  maxWorkers: 2,
};
