import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileRun } from '../support/dockerfile.ts';

const project = new URL('../../', import.meta.url).pathname;
const run = new DockerfileRun(project);
const inImage = (path: string): boolean => existsSync(join(run.workdir, path));

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(project, folder, 'package.json'), 'utf8')) as Manifest;

/** Files below a folder of the image, by their path in it. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(join(run.workdir, folder), { recursive: true, encoding: 'utf8' });
}

describe('the image that the Dockerfile describes', () => {
  beforeAll(() => run.build(), 180_000);
  afterAll(() => run.remove());

  test('has the operator in it, which starts and shows its flags', () => {
    const help = run.run(['--help']);
    expect(help).toContain('Usage: tenantsync operator');
    expect(help).toContain('--metrics-bind-address');
  });

  test('says what is wrong with a flag, and fails', () => {
    expect(() => run.run(['--shards', 'many'])).toThrow('--shards: "many" cannot be used');
  });

  test('is built on the maintained line of Node and runs without root, shell and package manager', () => {
    const dockerfile = readFileSync(join(project, 'Dockerfile'), 'utf8');
    expect(dockerfile.match(/^FROM \S+/gm)).toEqual([
      'FROM node:24-trixie-slim',
      'FROM node:24-trixie-slim',
      'FROM gcr.io/distroless/nodejs24-debian13:nonroot',
    ]);
    expect(run.image.user).toBe('65532:65532');
    expect(run.image.command?.slice(-2)).toEqual(['dist/main.js', 'operator']);
  });

  test('holds no simulated tenants, no demo, no tests and no sources', () => {
    expect(filesIn('dist').filter((path) => /sandbox|demo|test/.test(path))).toEqual([]);
    expect(filesIn('dist').filter((path) => path.endsWith('.ts'))).toEqual([]);
    expect(readdirSync(run.workdir).sort()).toEqual(['LICENSE', 'dist', 'node_modules', 'package.json']);
  });

  test('holds what the operator depends on, and nothing that only developers need', () => {
    const manifest = manifestOf('.');
    expect(Object.keys(manifest.dependencies ?? {}).filter((name) => !inImage(`node_modules/${name}`))).toEqual([]);
    const unneeded = ['typescript', 'ts7', 'jest', 'eslint', 'prettier', 'knip', 'fast-check'];
    expect(unneeded.filter((name) => !(name in (manifest.devDependencies ?? {})))).toEqual([]);
    const optional = Object.keys(manifest.optionalDependencies ?? {});
    expect([...unneeded, ...optional].filter((name) => inImage(`node_modules/${name}`))).toEqual([]);
  });

  test('holds nothing that only the simulated tenants and the in-process Kubernetes API need', () => {
    const sandbox = manifestOf('packages/sandbox');
    expect(sandbox.dependencies).toBeUndefined();
    const needed = manifestOf('.').dependencies ?? {};
    const unneeded = ['@tenantsync', 'ajv', ...Object.keys(sandbox.devDependencies ?? {}).filter((name) => !(name in needed))];
    expect(unneeded.filter((name) => inImage(`node_modules/${name}`))).toEqual([]);
  });
});
