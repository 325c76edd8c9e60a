import { spawnSync } from 'node:child_process';

const name = process.env.PROMTOOL ?? 'promtool';

/** Of Debian's package prometheus, for one: CONTRIBUTING.md says how to get it. Undefined where it is not to be had. */
export const promtool = spawnSync(name, ['--version']).status === 0 ? name : undefined;

/** Runs promtool with something on its standard input. */
export function runPromtool(args: readonly string[], input = ''): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(name, args, { encoding: 'utf8', input });
  return { status, text: `${stdout}${stderr}` };
}
