import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { softwareBillOfMaterials } from '../../scripts/sbom.ts';
import { DockerfileRun } from '../support/dockerfile.ts';

const project = new URL('../../', import.meta.url).pathname;
const run = new DockerfileRun(project);
const inImage = (path: string): boolean => existsSync(join(run.workdir, path));

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Locked {
  readonly packages: Readonly<Record<string, { readonly name?: string; readonly version?: string }>>;
}

/** The part of a CycloneDX document that is looked at. */
interface Bill {
  readonly components: readonly { readonly purl: string; readonly scope?: string; readonly licenses?: readonly unknown[] }[];
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
    const bases = [...dockerfile.matchAll(/^FROM (?:--platform=\S+ )?([^\s@]+)/gm)].map(([, base]) => base);
    expect(bases).toEqual([
      expect.stringMatching(/^node:24\.[\d.]+-trixie-slim$/),
      bases[0],
      'gcr.io/distroless/nodejs24-debian13:nonroot',
    ]);
    expect(run.image.user).toBe('65532:65532');
    expect(run.image.command?.slice(-2)).toEqual(['dist/main.js', 'operator']);
  });

  test('is built from base images that are named by digest, and what is copied into the last one fits every platform', () => {
    const stages = readFileSync(join(project, 'Dockerfile'), 'utf8').match(/^FROM .*/gm) ?? [];
    expect(stages.filter((stage) => !/@sha256:[0-9a-f]{64}( AS \w+)?$/.test(stage))).toEqual([]);
    expect(stages.map((stage) => stage.includes('--platform=$BUILDPLATFORM '))).toEqual([true, true, false]);
    expect(filesIn('node_modules').filter((path) => /\.(node|so|dylib|dll|exe)$/.test(path))).toEqual([]);
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

  test('is listed in the bill of materials: every package by name and version, and no other', () => {
    const installed = JSON.parse(readFileSync(join(run.workdir, 'node_modules/.package-lock.json'), 'utf8')) as Locked;
    const inImageNow = Object.entries(installed.packages).map(
      ([path, { name, version }]) => `${name ?? path.split('node_modules/').at(-1) ?? ''}@${version ?? ''}`,
    );
    const { components } = JSON.parse(softwareBillOfMaterials()) as Bill;
    const listed = components
      .filter(({ scope }) => scope !== 'optional')
      .map(({ purl }) => decodeURIComponent(purl).replace('pkg:npm/', ''));
    expect([...new Set(listed)].sort()).toEqual([...new Set(inImageNow)].sort());
    expect(components.filter(({ licenses }) => licenses === undefined).map(({ purl }) => purl)).toEqual([]);
  });

  test('holds nothing that only the simulated tenants and the in-process Kubernetes API need', () => {
    const sandbox = manifestOf('packages/sandbox');
    expect(sandbox.dependencies).toBeUndefined();
    const needed = manifestOf('.').dependencies ?? {};
    const unneeded = ['@tenantsync', 'ajv', ...Object.keys(sandbox.devDependencies ?? {}).filter((name) => !(name in needed))];
    expect(unneeded.filter((name) => inImage(`node_modules/${name}`))).toEqual([]);
  });
});
