import { project } from './jest.config.mjs';

/** @type {import('jest').Config} */
export default {
  ...project,
  // A control plane and its tests share a machine: how long they take says nothing about the product.
  testTimeout: 300_000,
  testMatch: ['<rootDir>/test/{behaviour,cluster,contract}/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    // About the embedded API that it brings along.
    '<rootDir>/test/behaviour/demo.*\\.test\\.ts',
  ],
  // A control plane for each worker; of somebody else's cluster there is only one.
  maxWorkers: process.env.USE_EXISTING_CLUSTER === 'true' ? 1 : 3,
  testSequencer: '<rootDir>/scripts/long-first.mjs',
  setupFilesAfterEnv: ['<rootDir>/test/cluster/support/sweep.ts'],
  globalSetup: '<rootDir>/test/cluster/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/cluster/support/global-teardown.ts',
};
