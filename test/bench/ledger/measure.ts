import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageEnvironment, nodeFlags } from '../sites.ts';
import type { RebuildFigures } from './rebuild.ts';
import type { TenantPlace } from './tenant.ts';

export interface LedgerFigures extends RebuildFigures {
  readonly accounts: number;
  /** Memory of the simulated tenant, which has a process of its own. */
  readonly tenantRssMb: number;
}

/** Enough for a million accounts of the simulated tenant. */
const tenantFlags = ['--max-old-space-size=14000'];

/** Rebuilds the ledger of decision 42 from a simulated tenant with so many accounts, page by page over HTTPS. */
export async function measureLedger(accounts: number): Promise<LedgerFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantsync-bench-'));
  const tenant = fork(new URL('tenant.ts', import.meta.url), [String(accounts)], { execArgv: tenantFlags });
  try {
    const failed = once(tenant, 'exit').then(([code]) => Promise.reject(new Error(`the tenant has ended with ${String(code)}`)));
    const [place] = (await Promise.race([once(tenant, 'message'), failed])) as [TenantPlace];
    failed.catch(() => undefined);
    const caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, place.caPem);
    const rebuild = new URL('rebuild.ts', import.meta.url).pathname;
    const printed = execFileSync(process.execPath, [...nodeFlags, rebuild, JSON.stringify(place), caFile, String(accounts)], {
      encoding: 'utf8',
      env: { ...process.env, ...imageEnvironment, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return { accounts, ...(JSON.parse(printed) as RebuildFigures), tenantRssMb: place.rssMb };
  } finally {
    tenant.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
