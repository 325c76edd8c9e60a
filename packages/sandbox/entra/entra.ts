import { Authority } from './authority/authority.ts';
import { TokenStore } from './authority/tokens.ts';
import { Endpoints } from './endpoints.ts';
import { FaultList } from './fault-list.ts';
import { GraphService } from './graph-api/service.ts';
import { defaultSettings, mergeSettings } from './settings.ts';
import { TenantState, type World } from './state/tenant-state.ts';
import { TenantHandle } from './tenant-handle.ts';
import { Transport } from './transport.ts';
import type { Entra, EntraOptions, Tenant, TenantOptions, VerifiedDomain } from './types.ts';

/** Makes an empty world of simulated Entra tenants. Deterministic for a given clock and randomness; uses no timers of its own. */
export function createEntra(options: EntraOptions): Entra {
  const { clock, random } = options;
  const offset = clock.now() - clock.monotonic();
  const now = (): number => offset + clock.monotonic();
  const world: World = { clock, random, now, tenants: new Map() };
  const settings = mergeSettings(defaultSettings(), options.settings);
  const endpoints = new Endpoints(options.clouds ?? {});
  const tokens = new TokenStore();
  const faults = new FaultList(random);
  const authority = new Authority(world, tokens);
  const graph = new GraphService(world, tokens);
  const transport = new Transport({ world, endpoints, authority, graph, faults, settings });
  const handles = new Map<string, Tenant>();
  return {
    fetch: (url, request) => transport.fetch(url, request),
    faults,
    settings,
    now,
    addTenant: (tenant) => {
      const id = (tenant.tenantId ?? random.uuid()).toLowerCase();
      if (world.tenants.has(id)) throw new Error(`There is a tenant ${id} already.`);
      const identity = {
        id,
        displayName: tenant.displayName,
        cloud: endpoints.cloud(tenant.cloud ?? 'Global'),
        domains: domainsOf(tenant),
      };
      const state = new TenantState(world, identity, mergeSettings(settings, tenant.settings));
      world.tenants.set(id, state);
      const handle = new TenantHandle(state);
      handles.set(id, handle);
      return handle;
    },
    tenant: (tenantId) => {
      const found = handles.get(tenantId.toLowerCase());
      if (found === undefined) throw new Error(`There is no tenant ${tenantId}.`);
      return found;
    },
    tenants: () => [...handles.values()],
    intercept: (hook) => {
      transport.hooks.add(hook);
      return () => void transport.hooks.delete(hook);
    },
    serveAlso: (host) => endpoints.addLoopback(host),
  };
}

function domainsOf(options: TenantOptions): VerifiedDomain[] {
  const initial = `${options.initialDomain.toLowerCase()}.onmicrosoft.com`;
  const others = (options.domains ?? []).map((name) => name.toLowerCase());
  return [
    ...others.map((name, at) => ({ name, isDefault: at === 0, isInitial: false })),
    { name: initial, isDefault: others.length === 0, isInitial: true },
  ];
}
