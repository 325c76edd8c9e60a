import type { Cloud } from './state/tenant-state.ts';
import type { CloudHosts } from './types.ts';

/** The role a host plays: authority, Graph, or (on a loopback server) both, told apart by the path. */
export interface Endpoint {
  readonly authorityBase: string;
  /** https://host of Graph, the audience of tokens, for tenants of a cloud. */
  graphBase(cloud: Cloud): string;
  /** Whether tenants of the cloud are known here. */
  serves(cloud: Cloud): boolean;
  isGraph(pathname: string): boolean;
}

/** Endpoints and audiences of Microsoft's clouds. */
const builtInClouds: Readonly<Record<string, CloudHosts>> = {
  Global: {
    authorityHost: 'login.microsoftonline.com',
    graphHost: 'graph.microsoft.com',
    federationAudience: 'api://AzureADTokenExchange',
    endpoint: 'microsoftonline.com',
  },
  USGov: {
    authorityHost: 'login.microsoftonline.us',
    graphHost: 'graph.microsoft.us',
    federationAudience: 'api://AzureADTokenExchangeUSGov',
    endpoint: 'microsoftonline.us',
  },
  USGovDoD: {
    authorityHost: 'login.microsoftonline.us',
    graphHost: 'dod-graph.microsoft.us',
    federationAudience: 'api://AzureADTokenExchangeUSGov',
    endpoint: 'microsoftonline.us',
  },
  China: {
    authorityHost: 'login.chinacloudapi.cn',
    graphHost: 'microsoftgraph.chinacloudapi.cn',
    federationAudience: 'api://AzureADTokenExchangeChina',
    endpoint: 'partner.microsoftonline.cn',
  },
};

/** Further names of authorities: sign-in libraries go to them instead. */
const authorityAliases: Readonly<Record<string, string>> = { 'login.partner.microsoftonline.cn': 'login.chinacloudapi.cn' };

/** Finds the endpoint behind a host name. */
export class Endpoints {
  #clouds = new Map<string, Cloud>();
  #loopback = new Map<string, Endpoint>();
  #byHost = new Map<string, Endpoint>();

  constructor(clouds: Readonly<Record<string, CloudHosts>>) {
    for (const [name, hosts] of Object.entries({ ...builtInClouds, ...clouds })) this.#clouds.set(name, { name, ...hosts });
    for (const cloud of this.#clouds.values()) {
      this.#byHost.set(cloud.authorityHost, named(cloud.authorityHost, cloud.graphHost === cloud.authorityHost ? 'both' : 'authority'));
      this.#byHost.set(
        cloud.graphHost,
        named(cloud.authorityHost, cloud.graphHost === cloud.authorityHost ? 'both' : 'graph', cloud.graphHost),
      );
    }
  }

  cloud(name: string): Cloud {
    const found = this.#clouds.get(name);
    if (found === undefined) throw new Error(`No cloud is named ${name}.`);
    return found;
  }

  addLoopback(host: string): void {
    const base = `https://${host}`;
    this.#loopback.set(host, { authorityBase: base, graphBase: () => base, serves: () => true, isGraph: looksLikeGraph });
  }

  find(host: string): Endpoint | undefined {
    return this.#byHost.get(authorityAliases[host] ?? host) ?? this.#loopback.get(host);
  }
}

function named(authorityHost: string, role: 'authority' | 'graph' | 'both', graphHost?: string): Endpoint {
  return {
    authorityBase: `https://${authorityHost}`,
    graphBase: (cloud) => `https://${cloud.graphHost}`,
    serves: (cloud) => cloud.authorityHost === authorityHost && (graphHost === undefined || cloud.graphHost === graphHost),
    isGraph: (pathname) => role === 'graph' || (role === 'both' && looksLikeGraph(pathname)),
  };
}

function looksLikeGraph(pathname: string): boolean {
  return pathname.startsWith('/v1.0/') || pathname.startsWith('/beta/');
}
