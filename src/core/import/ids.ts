import { member, text, type Placed } from './untrusted.ts';

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isGuid = (value: string): boolean => guid.test(value);

/** The tenant in the middle of the id of a job, `{template}.{32 digits}.{guid}`. That it is the source tenant is inferred. */
export function tenantInJobId(id: string): string | undefined {
  const digits = /^[^.]+\.([0-9a-f]{32})\./i.exec(id)?.[1]?.toLowerCase();
  return digits?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The template in the id of a job, such as Azure2Azure; empty for an id of another form. */
export const templateInJobId = (id: string): string => /^([^.]+)\./.exec(id)?.[1] ?? '';

/** Microsoft's clouds by the hosts of their Graph. Source: Microsoft Graph national cloud deployments. */
const cloudsByHost: Readonly<Record<string, string>> = {
  'graph.microsoft.com': 'Global',
  'graph.microsoft.us': 'USGovL4',
  'dod-graph.microsoft.us': 'USGovL5',
  'microsoftgraph.chinacloudapi.cn': 'China',
};

/** What the address of an answer tells: the service principal that the job belongs to, and the cloud that it was asked in. */
export interface Context {
  readonly servicePrincipalId?: string;
  readonly cloud?: string;
}

export function contextOf(of: Placed): Context {
  const direct = text(member(of, '@odata.context')) ?? text(member(member(of, 'AdditionalProperties'), '@odata.context')) ?? '';
  const servicePrincipalId = /#servicePrincipals\('([^']*)'\)/i.exec(direct)?.[1]?.toLowerCase();
  const host = /^https:\/\/([^/]+)\//i.exec(direct)?.[1]?.toLowerCase() ?? '';
  const cloud = Object.hasOwn(cloudsByHost, host) ? cloudsByHost[host] : undefined;
  return {
    ...(servicePrincipalId !== undefined && isGuid(servicePrincipalId) ? { servicePrincipalId } : {}),
    ...(cloud === undefined ? {} : { cloud }),
  };
}
