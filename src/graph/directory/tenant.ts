import type { CallOptions, Organization, PartnerAccess, SyncAccess, TenantDirectory } from '../../ports/directory.ts';
import type { Subscription } from '../../core/preflight/licences.ts';
import type { Clock } from '../../ports/clock.ts';
import { noAnswer } from '../errors/failures.ts';
import type { GraphClient } from '../http/client.ts';
import type { Tokens } from '../http/steps.ts';
import type { Budget } from '../quota/budget.ts';
import { readCost } from '../quota/costs.ts';
import { incomplete } from './evidence.ts';
import { collection, isJson, text } from './json.ts';
import { query } from './odata.ts';
import { subscriptions } from './licences.ts';
import { allowedCloudEndpoints, invitationPolicy, partnerAccess, syncAccess } from './policies.ts';

/** What is learned about a tenant once and kept for a while, shared by all directories of it. */
export interface TenantFacts {
  initialDomain?: string;
  /** How many users the tenant had when they were counted last. */
  users?: number;
  /** Monotonic time of the last count of users. */
  countedAt?: number;
  /** The subscriptions as they were read last, if ever, and until when they are not asked for (monotonic). */
  subscriptions?: { readonly value: readonly Subscription[] | undefined; readonly until: number };
}

export interface TenantContext {
  readonly tenantId: string;
  readonly client: GraphClient;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly facts: TenantFacts;
  readonly credentialExpiresAt: number | undefined;
}

const countEveryMs = 3_600_000;
const countAgainMs = 600_000;

/** What both sides of a pair offer; see {@link TenantDirectory}. */
export class GraphTenant implements TenantDirectory {
  readonly tenantId: string;
  readonly quota: Budget;
  readonly credentialExpiresAt: number | undefined;
  protected readonly client: GraphClient;
  readonly #context: TenantContext;

  constructor(context: TenantContext) {
    this.tenantId = context.tenantId;
    this.client = context.client;
    this.quota = context.client.budget;
    this.credentialExpiresAt = context.credentialExpiresAt;
    this.#context = context;
  }

  async grantedPermissions(options: CallOptions & { readonly fresh?: boolean }): Promise<readonly string[]> {
    const { tokens } = this.#context;
    if (options.fresh === true) tokens.invalidate(await tokens.get(options.signal));
    return rolesOf(await tokens.get(options.signal));
  }

  async organization(options: CallOptions): Promise<Organization> {
    const path = `/organization${query({ $select: 'id,displayName,verifiedDomains' })}`;
    const cost = readCost('other', { select: true });
    const answer = await this.client.send({ operation: 'organization.get', kind: 'read', method: 'GET', target: { path }, cost }, options);
    const item = collection(answer.body).items[0];
    const id = text(item?.id);
    if (item === undefined || id === undefined) {
      throw noAnswer('Graph sent no organization for this tenant.', false, { status: answer.status, reason: 'GraphUnavailable' });
    }
    const organization = { id, displayName: text(item.displayName) ?? '', verifiedDomains: domains(item.verifiedDomains) };
    const initial = organization.verifiedDomains.find((domain) => domain.isInitial)?.name;
    if (initial !== undefined) this.#context.facts.initialDomain = initial;
    await this.#learnSize(options);
    return organization;
  }

  partnerAccess(partnerTenantId: string, options: CallOptions): Promise<PartnerAccess> {
    return partnerAccess(this.client, partnerTenantId, options);
  }

  syncAccess(partnerTenantId: string, options: CallOptions): Promise<SyncAccess> {
    return syncAccess(this.client, partnerTenantId, options);
  }

  allowedCloudEndpoints(options: CallOptions): Promise<readonly string[]> {
    return allowedCloudEndpoints(this.client, options);
  }

  invitationPolicy(options: CallOptions): Promise<{ readonly allowInvitesFrom: string | null }> {
    return invitationPolicy(this.client, options);
  }

  async subscriptions(options: CallOptions): Promise<readonly Subscription[]> {
    const { facts, clock } = this.#context;
    const now = clock.monotonic();
    if (facts.subscriptions === undefined || now >= facts.subscriptions.until) {
      // What cannot be read is not asked for at each check either.
      facts.subscriptions = { value: facts.subscriptions?.value, until: now + countAgainMs };
      facts.subscriptions = { value: await subscriptions(this.client, options), until: now + countEveryMs };
    }
    const { value } = facts.subscriptions;
    if (value === undefined) throw noAnswer('The subscriptions could not be read a moment ago.', false);
    return value;
  }

  /** The tenant's `*.onmicrosoft.com` domain, read once. */
  protected async initialDomain(options: CallOptions): Promise<string | undefined> {
    if (this.#context.facts.initialDomain === undefined) await this.organization(options);
    return this.#context.facts.initialDomain;
  }

  /** The quota depends on the number of users. Without the right to count them the smallest size is kept. */
  async #learnSize(options: CallOptions): Promise<void> {
    const { facts, clock } = this.#context;
    const now = clock.monotonic();
    // Another application may have counted for this one too.
    if (facts.users !== undefined) this.quota.setUsers(facts.users);
    if (facts.countedAt !== undefined && now - facts.countedAt < countEveryMs) return;
    facts.countedAt = now;
    const path = `/users${query({ $select: 'id', $top: 1, $count: 'true' })}`;
    const cost = readCost('users', { select: true, top: 1 });
    try {
      const answer = await this.client.send(
        { operation: 'users.count', kind: 'read', method: 'GET', target: { path }, cost, advanced: true },
        options,
      );
      const count = isJson(answer.body) ? answer.body['@odata.count'] : undefined;
      if (typeof count !== 'number') return;
      facts.users = count;
      this.quota.setUsers(count);
    } catch {
      // Not worth failing for.
      facts.countedAt = now - countEveryMs + countAgainMs;
    }
  }
}

/** The `roles` claim of an access token: its application permissions. Empty when the token cannot be read. */
export function rolesOf(token: string): readonly string[] {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const roles = isJson(claims) ? claims.roles : undefined;
    return Array.isArray(roles) ? (roles as unknown[]).filter((role) => typeof role === 'string') : [];
  } catch {
    return [];
  }
}

/** Rejects a list with holes: a domain that is left out would make strangers of everybody who has an address in it. */
function domains(value: unknown): Organization['verifiedDomains'] {
  const entries = Array.isArray(value) ? (value as unknown[]) : [undefined];
  return entries.map((entry) => {
    const name = isJson(entry) ? text(entry.name) : undefined;
    if (!isJson(entry) || name === undefined) throw incomplete('Graph sent an organization without its domains.');
    return { name, isDefault: entry.isDefault === true, isInitial: entry.isInitial === true };
  });
}
