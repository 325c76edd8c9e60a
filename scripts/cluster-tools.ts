import { ensureTools } from '../test/cluster/support/tools.ts';

/** Builds the tools that the tests on a real Kubernetes need, before the tests begin. */
try {
  if (process.env.USE_EXISTING_CLUSTER !== 'true') await ensureTools((line) => console.error(line));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
