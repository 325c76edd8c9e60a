import js from '@eslint/js';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

/** Functions that are to stay as they are, and why. */
const excepted = [
  {
    // The composition root: one list of parts in the order in which they are made.
    files: ['src/operator.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
];

/** What one function may be. A switch counts as one branch: the compiler checks that it has a case for everything. */
const limits = [
  {
    files: ['src/**/*.ts', 'scripts/**/*.ts', 'packages/*/{entra,kubernetes}/**/*.ts'],
    rules: {
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      complexity: ['error', { max: 15, variant: 'modified' }],
    },
  },
  ...excepted,
];

/** The arrows between the folders of src: each folder and what it must not import. docs/architecture.md explains them. */
const forbidden = {
  api: ['core', 'ports', 'graph', 'kube', 'controllers', 'telemetry', 'cli'],
  core: ['ports', 'graph', 'kube', 'controllers', 'telemetry', 'cli'],
  ports: ['graph', 'kube', 'controllers', 'telemetry', 'cli'],
  graph: ['kube', 'controllers', 'telemetry', 'cli'],
  kube: ['graph', 'controllers', 'telemetry', 'cli'],
  controllers: ['graph', 'kube', 'telemetry', 'cli'],
  telemetry: ['core', 'graph', 'kube', 'controllers', 'cli'],
};

const noSandbox = {
  regex: '(^|/)packages/|^@tenantsync/',
  message: 'Only the demo and the tests know that tenants can be simulated; it is never in the image.',
};

/** The controllers of the four kinds: what two of them need is in shared, and only the wiring knows them all. */
const kinds = ['tenant-pair', 'sync-configuration', 'user-projection', 'group-projection'];

const notTheOthers = (own) => ({
  regex: `^(\\.\\./)+(${kinds.filter((kind) => kind !== own).join('|')})/`,
  message: 'A controller does not import another: what both need belongs to controllers/shared.',
});

const nothingAbove = {
  regex: '^(\\.\\./)+(main|operator)\\.ts$',
  message: 'Only the composition root knows everything; nothing imports it.',
};

const restricted = (files, ...patterns) => ({ files, rules: { 'no-restricted-imports': ['error', { patterns }] } });

const outside = (folder) => ({
  regex: `^(\\.\\./)+(${forbidden[folder].join('|')})(/|\\.ts$)`,
  message: `src/${folder} must not import this folder (docs/architecture.md, "Arrows").`,
});

const arrows = [
  ...Object.keys(forbidden).map((folder) => restricted([`src/${folder}/**/*.ts`], outside(folder), nothingAbove, noSandbox)),
  ...['shared', ...kinds].map((folder) =>
    restricted([`src/controllers/${folder}/**/*.ts`], outside('controllers'), nothingAbove, noSandbox, notTheOthers(folder)),
  ),
  { ...restricted(['src/*.ts', 'src/cli/**/*.ts', 'scripts/**'], noSandbox), ignores: ['src/cli/demo/**'] },
  restricted(['packages/sandbox/{entra,kubernetes}/**/*.ts'], {
    regex: '/src/(?!ports/)|/test/',
    message: 'The simulated services know nothing of the product but its ports.',
  }),
];

/** The core decides from values alone: no input, output, timers, clock or randomness. */
const pureCore = {
  files: ['src/core/**/*.ts', 'src/api/**/*.ts'],
  rules: {
    'no-restricted-globals': ['error', 'fetch', 'process', 'setTimeout', 'setInterval', 'setImmediate', 'console'],
    'no-restricted-properties': [
      'error',
      { object: 'Date', property: 'now', message: 'Time is passed in.' },
      { object: 'Math', property: 'random', message: 'Randomness is passed in.' },
    ],
  },
};

/** Statuses are written in one place, which knows of conditions, generations and events. */
const oneStatusWriter = {
  files: ['src/controllers/**/*.ts'],
  ignores: ['src/controllers/shared/skeleton.ts'],
  rules: {
    'no-restricted-syntax': [
      'error',
      {
        selector: "MemberExpression[property.name='patchStatus'], CallExpression[callee.name='setConditions']",
        message: 'A status is written by controllers/shared/skeleton.ts alone.',
      },
    ],
  },
};

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules', 'src/api/generated.ts'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.mjs', 'scripts/*.mjs'] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
    },
  },
  ...arrows,
  ...limits,
  pureCore,
  oneStatusWriter,
  { files: ['src/cli/**', 'scripts/**'], rules: { 'no-console': 'off' } },
  { files: ['test/**', 'packages/*/test/**'], ...jest.configs['flat/recommended'] },
  {
    files: ['*.mjs', 'scripts/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
);
