import { createEntra, type App, type Entra, type Json, type SettingsOverride, type Tenant } from '../../entra/index.ts';
import { seededRandom, VirtualClock } from '../../../../test/support/virtual-clock.ts';

/** Everything the product asks for, in either tenant. */
export const allPermissions = [
  'User.Read.All',
  'User.ReadWrite.All',
  'User.Invite.All',
  'User.EnableDisableAccount.All',
  'User.DeleteRestore.All',
  'User.RevokeSessions.All',
  'GroupMember.Read.All',
  'Application.Read.All',
  'OrgContact.Read.All',
  'Policy.Read.All',
  'Policy.ReadWrite.CrossTenantAccess',
  'CrossTenantInformation.ReadBasic.All',
];

export interface World {
  readonly clock: VirtualClock;
  readonly entra: Entra;
  readonly source: Tenant;
  readonly target: Tenant;
  readonly sourceApp: App;
  readonly targetApp: App;
}

/** Contoso (source) and Fabrikam (target), each with an app that may do everything. */
export function world(settings: SettingsOverride = {}): World {
  const clock = new VirtualClock();
  const entra = createEntra({ clock, random: seededRandom(7), settings });
  const source = entra.addTenant({ displayName: 'Contoso', initialDomain: 'contoso', domains: ['contoso.com'] });
  const target = entra.addTenant({ displayName: 'Fabrikam', initialDomain: 'fabrikam', domains: ['fabrikam.com'] });
  const sourceApp = source.registerApp({ permissions: allPermissions, secrets: [{ value: 's3cret' }] });
  const targetApp = target.registerApp({ permissions: allPermissions, secrets: [{ value: 's3cret' }] });
  return { clock, entra, source, target, sourceApp, targetApp };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, Json>;
  /** error.code, if there is an error. */
  readonly code: string | undefined;
}

/** A client with a token of the app. */
export interface Client {
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** All items of a list, page by page. */
  all(path: string, headers?: Record<string, string>): Promise<Record<string, Json>[]>;
}

export const advanced = { consistencylevel: 'eventual' };

/** Asks for a token; the answer of the endpoint. */
export async function requestToken(entra: Entra, tenant: Tenant | string, form: Record<string, string>): Promise<Answer> {
  const id = typeof tenant === 'string' ? tenant : tenant.tenantId;
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'https://graph.microsoft.com/.default', ...form }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return read(await entra.fetch(`https://login.microsoftonline.com/${id}/oauth2/v2.0/token`, { method: 'POST', headers, body }));
}

export async function client(entra: Entra, tenant: Tenant, app: App): Promise<Client> {
  const answer = await requestToken(entra, tenant, { client_id: app.appId, client_secret: 's3cret' });
  return clientWith(entra, text(answer.body.access_token));
}

export function clientWith(entra: Entra, token: string): Client {
  const send: Client['send'] = async (method, path, body, headers = {}) => {
    const url = path.startsWith('https:') ? path : `https://graph.microsoft.com/v1.0${path}`;
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    return read(await entra.fetch(url, { method, headers: { authorization: `Bearer ${token}`, ...headers }, ...content }));
  };
  const get: Client['get'] = (path, headers) => send('GET', path, undefined, headers);
  return {
    get,
    send,
    all: async (path, headers) => {
      const items: Record<string, Json>[] = [];
      for (let next: Json | undefined = path; typeof next === 'string';) {
        const { body, status } = await get(next, headers);
        if (status !== 200) throw new Error(JSON.stringify(body));
        items.push(...(body.value as Record<string, Json>[]));
        next = body['@odata.nextLink'];
      }
      return items;
    },
  };
}

/** The text of a JSON value; empty for anything else. */
export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

async function read(response: Response): Promise<Answer> {
  const content = await response.text();
  const body = content === '' ? {} : (JSON.parse(content) as Record<string, Json>);
  const { error } = body;
  const code = typeof error === 'object' && error !== null ? (error as Record<string, Json>).code : undefined;
  return { status: response.status, headers: response.headers, body, code: typeof code === 'string' ? code : undefined };
}

/** One delta round from `path` on: its items, how many pages it had, and the link for the next round. */
export async function round(graph: Client, path: string): Promise<{ items: Record<string, Json>[]; pages: number; deltaLink: string }> {
  const items: Record<string, Json>[] = [];
  let link = path;
  for (let pages = 1; ; pages += 1) {
    const { body, status } = await graph.get(link);
    if (status !== 200) throw new Error(JSON.stringify(body));
    items.push(...(body.value as Record<string, Json>[]));
    const { '@odata.nextLink': next, '@odata.deltaLink': deltaLink } = body;
    if (typeof deltaLink === 'string') return { items, pages, deltaLink };
    link = text(next);
  }
}

const redirect = 'https://myapplications.microsoft.com/';

/** The body of an invitation. */
export function invitation(invitedUserEmailAddress: string, more: Record<string, Json> = {}): Record<string, Json> {
  return { invitedUserEmailAddress, inviteRedirectUrl: redirect, ...more };
}
