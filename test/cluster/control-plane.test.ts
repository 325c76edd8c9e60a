import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { controlPlane } from './support/control-plane.ts';

const run = promisify(execFile);

describe('The control plane of the tests', () => {
  const { kubeconfig, tools } = controlPlane();
  const kubectl = async (...args: string[]): Promise<string> => (await run(tools.kubectl, ['--kubeconfig', kubeconfig, ...args])).stdout;

  it('has a server and a client that know their versions', async () => {
    const { clientVersion, serverVersion } = JSON.parse(await kubectl('version', '-o', 'json')) as Record<string, { gitVersion: string }>;
    expect(serverVersion?.gitVersion).toMatch(/^v1\.\d+\.\d+/);
    expect(clientVersion?.gitVersion).toMatch(/^v1\.\d+\.\d+/);
  });

  it('has a node that takes pods', async () => {
    expect(await kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=30s')).toContain('condition met');
  });
});
