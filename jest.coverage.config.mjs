import shared from './jest.config.mjs';

/**
 * What the decisions are measured with: the tests that need no cluster and no tenant, and nothing else. The counters are put into the
 * code itself: V8's own forget most of what ran when many test files share a process.
 *
 * @type {import('jest').Config}
 */
export default {
  ...shared,
  testMatch: ['<rootDir>/test/unit/{core,controllers}/**/*.test.ts'],
  collectCoverage: true,
  coverageProvider: 'babel',
  collectCoverageFrom: ['src/{core,controllers}/**/*.ts'],
  coverageDirectory: 'coverage',
  coverageReporters: ['json-summary', ['text', { file: 'lines.txt' }]],
};
