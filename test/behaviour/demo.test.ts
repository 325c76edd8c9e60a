import { spawn } from 'node:child_process';

function runDemo(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<{ readonly status: number | null; readonly output: string }> {
  return new Promise((resolve) => {
    const main = new URL('../../src/main.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [main, 'demo', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', ...environment },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.on('exit', (status) => resolve({ status, output }));
  });
}

describe('The demo: the whole product over HTTPS, with real credentials', () => {
  it('ends with status 0 after every step of the working day has ended as it should', async () => {
    const { status, output } = await runDemo(['--fast']);
    expect(output).toContain('10 of 10 steps ended as they should');
    expect(output).not.toMatch(/^FAILED:/m);
    expect(status).toBe(0);
  }, 120_000);

  it('says that there is no Prometheus where one is asked for and there is none', async () => {
    const { status, output } = await runDemo(['--prometheus'], { PROMETHEUS: '/nowhere/prometheus' });
    expect(output).toBe('tenantsync demo: --prometheus: there is none on the path; install one, or name its program in PROMETHEUS\n');
    expect(status).toBe(2);
  }, 30_000);

  it('refuses a number of people that it cannot play with', async () => {
    const { status, output } = await runDemo(['--users', '3']);
    expect(output).toContain('--users: expected a whole number from 60 to 20000');
    expect(status).toBe(2);
  }, 30_000);
});
