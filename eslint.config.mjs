import js from '@eslint/js';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

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

const restricted = (files, ...patterns) => ({ files, rules: { 'no-restricted-imports': ['error', { patterns }] } });

const arrows = [
  ...Object.entries(forbidden).map(([folder, names]) =>
    restricted(
      [`src/${folder}/**/*.ts`],
      {
        regex: `^(\\.\\./)+(${names.join('|')})(/|\\.ts$)`,
        message: `src/${folder} must not import this folder (docs/architecture.md, "Arrows").`,
      },
      { regex: '^(\\.\\./)+(main|operator)\\.ts$', message: 'Only the composition root knows everything; nothing imports it.' },
      noSandbox,
    ),
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
  pureCore,
  { files: ['src/cli/**', 'scripts/**'], rules: { 'no-console': 'off' } },
  { files: ['test/**', 'packages/*/test/**'], ...jest.configs['flat/recommended'] },
  {
    files: ['*.mjs', 'scripts/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
);
