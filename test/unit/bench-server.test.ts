import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverFor } from '../bench/scale/choice.ts';
import { toolPaths } from '../cluster/support/tools.ts';

describe('the API server of the benchmark', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantsync-tools-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is the one that is asked for, else the real one once all of its tools are built', () => {
    const built = Object.values(toolPaths(folder)) as string[];
    for (const file of built) {
      expect(serverFor(undefined, folder)).toBe('embedded');
      expect(serverFor('kube-apiserver', folder)).toBe('kube-apiserver');
      writeFileSync(file, '');
    }
    expect(serverFor(undefined, folder)).toBe('kube-apiserver');
    expect(serverFor('embedded', folder)).toBe('embedded');
  });

  test('is none of another name', () => {
    expect(serverFor('etcd', folder)).toBeUndefined();
  });
});
