/** A cloud that tenants can live in. Hosts are origins (`https://host[:port]`, no trailing slash). */
export interface Cloud {
  readonly name: string;
  /** Where tokens come from. */
  readonly authorityHost: string;
  /** The only origin that requests with this cloud's tokens may go to. */
  readonly graphHost: string;
  /** Audience of the token to ask for; the scope is `<audience>/.default`. The Graph host unless the clouds file says otherwise. */
  readonly audience: string;
  /** Audience that a federated credential of an application in this cloud expects in the ServiceAccount's token. */
  readonly federationAudience: string;
  /** What a tenant of another cloud lists in `allowedCloudEndpoints` to collaborate with this one; undefined for clouds of one's own. */
  readonly cloudEndpoint?: string;
  /** Further login hosts that belong to the same authority; tokens may be asked for there too. */
  readonly loginHosts: readonly string[];
  /** Microsoft's own clouds are known to the authentication library; others must not be looked up at Microsoft. */
  readonly builtIn: boolean;
  /** PEM file with certificates to trust for this cloud's hosts, besides the usual ones. */
  readonly caBundleFile?: string;
}

/** Microsoft's clouds. Source: Microsoft Graph national cloud deployments and workload identity federation documentation. */
export const builtInClouds: readonly Cloud[] = [
  {
    name: 'Global',
    authorityHost: 'https://login.microsoftonline.com',
    graphHost: 'https://graph.microsoft.com',
    audience: 'https://graph.microsoft.com',
    federationAudience: 'api://AzureADTokenExchange',
    cloudEndpoint: 'microsoftonline.com',
    loginHosts: ['https://login.windows.net', 'https://login.microsoft.com'],
    builtIn: true,
  },
  {
    name: 'USGovL4',
    authorityHost: 'https://login.microsoftonline.us',
    graphHost: 'https://graph.microsoft.us',
    audience: 'https://graph.microsoft.us',
    federationAudience: 'api://AzureADTokenExchangeUSGov',
    cloudEndpoint: 'microsoftonline.us',
    loginHosts: [],
    builtIn: true,
  },
  {
    name: 'USGovL5',
    authorityHost: 'https://login.microsoftonline.us',
    graphHost: 'https://dod-graph.microsoft.us',
    audience: 'https://dod-graph.microsoft.us',
    federationAudience: 'api://AzureADTokenExchangeUSGov',
    cloudEndpoint: 'microsoftonline.us',
    loginHosts: [],
    builtIn: true,
  },
  {
    name: 'China',
    authorityHost: 'https://login.chinacloudapi.cn',
    graphHost: 'https://microsoftgraph.chinacloudapi.cn',
    audience: 'https://microsoftgraph.chinacloudapi.cn',
    federationAudience: 'api://AzureADTokenExchangeChina',
    cloudEndpoint: 'partner.microsoftonline.cn',
    loginHosts: ['https://login.partner.microsoftonline.cn'],
    builtIn: true,
  },
];

/** A clouds file that cannot be used. `field` is the path of the offending field, such as `lab.graphHost`. */
export class CloudsFileError extends Error {
  override readonly name = 'CloudsFileError';
  readonly field: string;
  constructor(field: string, problem: string) {
    super(`clouds file: ${field}: ${problem}`);
    this.field = field;
  }
}

const fields = ['authorityHost', 'graphHost', 'audience', 'caBundleFile'];

/**
 * The clouds of a parsed clouds file: `{name: {authorityHost, graphHost, audience?, caBundleFile?}}`.
 * Throws CloudsFileError naming the first field that is wrong. Built-in clouds cannot be redefined: a name in a TenantPair must mean
 * the same in every installation.
 */
export function cloudsFromFile(content: unknown): readonly Cloud[] {
  if (content === null || content === undefined) return [];
  if (!isRecord(content)) throw new CloudsFileError('(root)', 'must be a map from cloud names to their hosts');
  return Object.entries(content).map(([name, entry]) => cloudFromEntry(name, entry));
}

function cloudFromEntry(name: string, entry: unknown): Cloud {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,62}$/.test(name)) {
    throw new CloudsFileError(name || '(empty name)', 'a cloud name has 1 to 63 letters, digits and dashes and begins with a letter');
  }
  if (builtInClouds.some((cloud) => cloud.name.toLowerCase() === name.toLowerCase())) {
    throw new CloudsFileError(name, 'is built in and cannot be redefined; choose another name');
  }
  if (!isRecord(entry)) throw new CloudsFileError(name, 'must be a map with authorityHost and graphHost');
  const unknown = Object.keys(entry).find((key) => !fields.includes(key));
  if (unknown !== undefined) throw new CloudsFileError(`${name}.${unknown}`, `is not known; known are ${fields.join(', ')}`);
  const graphHost = origin(entry.graphHost, `${name}.graphHost`);
  const caBundleFile = optionalText(entry.caBundleFile, `${name}.caBundleFile`);
  return {
    name,
    authorityHost: origin(entry.authorityHost, `${name}.authorityHost`),
    graphHost,
    audience: (optionalText(entry.audience, `${name}.audience`) ?? graphHost).replace(/\/+$/, ''),
    federationAudience: 'api://AzureADTokenExchange',
    loginHosts: [],
    builtIn: false,
    ...(caBundleFile === undefined ? {} : { caBundleFile }),
  };
}

function origin(value: unknown, field: string): string {
  const text = optionalText(value, field);
  if (text === undefined) throw new CloudsFileError(field, 'is required');
  if (!URL.canParse(text)) throw new CloudsFileError(field, 'must be a URL such as https://graph.example.com');
  const url = new URL(text);
  if (url.protocol !== 'https:') throw new CloudsFileError(field, 'must begin with https://');
  if (url.username !== '' || url.password !== '') throw new CloudsFileError(field, 'must not contain a user or password');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new CloudsFileError(field, 'must be a host alone, without path, query or fragment');
  }
  return url.origin;
}

function optionalText(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.trim() === '') throw new CloudsFileError(field, 'must be a text that is not empty');
  return value.trim();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
