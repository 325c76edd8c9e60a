import type { Answer } from '../answer.ts';
import type { Endpoint } from '../endpoints.ts';
import type { TenantState, World } from '../state/tenant-state.ts';
import { checkAssertion } from './assertion.ts';
import { AuthorityFault, authorityFaults } from './authority-fault.ts';
import type { RegisteredApp } from './apps.ts';
import type { TokenStore } from './tokens.ts';

/** A request to the authority, resolved as far as its path allows. */
export interface AuthorityRequest {
  readonly method: string;
  readonly pathname: string;
  readonly body: string | undefined;
  readonly endpoint: Endpoint;
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What the path asks for: tenant (id or domain, as given) and operation. */
export function authorityOperation(method: string, pathname: string): { operation: string; tenant: string | undefined } {
  const steps = pathname.split('/').filter((step) => step !== '');
  const rest = steps.slice(1).join('/').toLowerCase();
  if (steps[0] === 'common' && rest === 'discovery/instance') return { operation: `${method} /discovery`, tenant: undefined };
  if (rest.endsWith('.well-known/openid-configuration')) return { operation: `${method} /openid-configuration`, tenant: steps[0] };
  if (rest === 'oauth2/v2.0/token') return { operation: `${method} /token`, tenant: steps[0] };
  if (rest === 'discovery/v2.0/keys') return { operation: `${method} /keys`, tenant: steps[0] };
  return { operation: 'unknown', tenant: steps[0] };
}

/** Answers discovery and the client credentials grant as login.microsoftonline.com does. */
export class Authority {
  #world: World;
  #tokens: TokenStore;

  constructor(world: World, tokens: TokenStore) {
    this.#world = world;
    this.#tokens = tokens;
  }

  /** The tenant by id or verified domain, if it is in the endpoint's cloud. */
  findTenant(name: string | undefined, endpoint: Endpoint): TenantState | undefined {
    if (name === undefined) return undefined;
    const wanted = name.toLowerCase();
    const found = this.#world.tenants.get(wanted) ?? [...this.#world.tenants.values()].find((tenant) => tenant.hasDomain(wanted));
    return found !== undefined && endpoint.serves(found.cloud) ? found : undefined;
  }

  handle(request: AuthorityRequest): Answer {
    try {
      return this.#answer(request);
    } catch (error) {
      if (!(error instanceof AuthorityFault)) throw error;
      const body = {
        error: error.error,
        error_description: `${error.message} Trace ID: ${this.#world.random.uuid()} Timestamp: ${new Date(this.#world.now()).toISOString()}`,
        error_codes: [error.number],
        timestamp: new Date(this.#world.now()).toISOString(),
        trace_id: this.#world.random.uuid(),
        correlation_id: this.#world.random.uuid(),
      };
      return { status: error.status, headers: {}, body, code: `AADSTS${error.number}` };
    }
  }

  #answer(request: AuthorityRequest): Answer {
    const { operation, tenant: name } = authorityOperation(request.method, request.pathname);
    const base = request.endpoint.authorityBase;
    if (operation === 'GET /discovery') return ok(instanceDiscovery(base));
    if (operation === 'unknown') return { status: 404, headers: {}, body: undefined };
    const tenant = this.findTenant(name, request.endpoint);
    if (tenant === undefined) throw authorityFaults.unknownTenant(name ?? '');
    if (operation === 'GET /keys') return ok({ keys: [] });
    if (operation === 'GET /openid-configuration') return ok(openIdConfiguration(tenant, base, request.endpoint.graphBase(tenant.cloud)));
    return this.#token(request, tenant);
  }

  #token(request: AuthorityRequest, tenant: TenantState): Answer {
    const form = new URLSearchParams(request.body ?? '');
    if (form.get('grant_type') !== 'client_credentials') throw authorityFaults.unsupportedGrant();
    const audience = request.endpoint.graphBase(tenant.cloud);
    const scope = form.get('scope') ?? '';
    const scopes = scope.split(' ').filter((each) => !['openid', 'profile', 'offline_access', ''].includes(each));
    if (scopes.length !== 1 || ![`${audience}/.default`, `${audience}//.default`].includes(scopes[0] ?? ''))
      throw authorityFaults.badScope(scope);
    const appId = form.get('client_id') ?? '';
    const app = tenant.apps.get(appId);
    if (app === undefined) throw authorityFaults.unknownApp(appId, tenant.displayName);
    this.#authenticate(form, app, tenant, request.endpoint.authorityBase);
    if (!app.consented) throw authorityFaults.notConsented(app.appId);
    const now = this.#world.now();
    const lifetime = tenant.settings.authority.tokenLifetime;
    const issued = { tenant, app, roles: new Set(app.permissions), audience, expiresAt: now + lifetime * 1000 };
    const value = this.#tokens.issue(issued, `https://sts.windows.net/${tenant.id}/`, now);
    return ok({ token_type: 'Bearer', expires_in: lifetime, ext_expires_in: lifetime, access_token: value });
  }

  #authenticate(form: URLSearchParams, app: RegisteredApp, tenant: TenantState, base: string): void {
    const assertion = form.get('client_assertion');
    if (assertion !== null && form.get('client_assertion_type') === assertionType) {
      checkAssertion(assertion, {
        app,
        endpoints: [tenant.id, ...tenant.domains.map((domain) => domain.name)].flatMap((name) => [
          `${base}/${name}/oauth2/v2.0/token`,
          `${base}/${name}/v2.0`,
        ]),
        federationAudience: tenant.cloud.federationAudience,
        now: this.#world.now(),
        checkTimes: tenant.settings.authority.checkAssertionTimes,
      });
      return;
    }
    const secret = form.get('client_secret');
    if (secret === null) throw authorityFaults.noCredential();
    const known = app.secrets.filter((each) => each.value === secret);
    if (known.length === 0) throw authorityFaults.wrongSecret(app.appId);
    if (known.every((each) => each.expiresAt !== undefined && each.expiresAt <= this.#world.now()))
      throw authorityFaults.expiredSecret(app.appId);
  }
}

function ok(body: Answer['body']): Answer {
  return { status: 200, headers: {}, body };
}

function instanceDiscovery(base: string): Answer['body'] {
  const host = new URL(base).host;
  return {
    tenant_discovery_endpoint: `${base}/common/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}

function openIdConfiguration(tenant: TenantState, base: string, graphBase: string): Answer['body'] {
  const root = `${base}/${tenant.id}`;
  return {
    token_endpoint: `${root}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${root}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${root}/v2.0`,
    authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${root}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${root}/oauth2/v2.0/logout`,
    tenant_region_scope: tenant.cloud.name.startsWith('USGov') ? 'USGOV' : 'WW',
    cloud_instance_name: new URL(base).host,
    msgraph_host: new URL(graphBase).host,
  };
}
