import type { JsonObject, KubeObject } from '@tenantsync/sandbox/kubernetes';
import { contractServer, type ContractServer } from './server.ts';
import { WatchReader } from './watch-reader.ts';
import { widget, widgetsOf } from './widgets.ts';

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Headers;
}

export type StoredObject = KubeObject & { metadata: { name: string; namespace: string; uid: string; resourceVersion: string } };

/** The tableau in which every test of the contract plays: a server, and a namespace that nobody else uses. */
export class Client {
  readonly server: ContractServer;
  readonly namespace: string;
  /** Path of the widgets of the namespace. */
  readonly widgets: string;

  constructor(server: ContractServer, namespace: string) {
    this.server = server;
    this.namespace = namespace;
    this.widgets = widgetsOf(namespace);
  }

  send(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const request = { method, headers: { 'content-type': type, accept: 'application/json', ...headers } };
    const text = body instanceof Uint8Array || typeof body === 'string' ? body : JSON.stringify(body);
    return this.server.fetch(`${this.server.url}${path}`, body === undefined ? request : { ...request, body: text });
  }

  async call(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await this.send(method, path, body, headers);
    return { status: response.status, body: (await response.json()) as JsonObject, headers: response.headers };
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.call('GET', path, undefined, headers);
  }

  /** Creates a widget and gives back what the server made of it. */
  async create(name: string, spec: object = {}, metadata: object = {}): Promise<StoredObject> {
    const { status, body } = await this.call('POST', this.widgets, widget(name, spec, metadata));
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body as StoredObject;
  }

  /** Patches a widget, which has to succeed. */
  async patch(name: string, patch: object, subresource = ''): Promise<StoredObject> {
    const { status, body } = await this.call('PATCH', `${this.widgets}/${name}${subresource}`, patch);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body as StoredObject;
  }

  /** Opens a watch; it is broken off when the test ends. */
  async watch(query: string, path = this.widgets, headers: Readonly<Record<string, string>> = {}): Promise<WatchReader> {
    const watch = await WatchReader.open(this.server, `${path}?watch=true${query === '' ? '' : `&${query}`}`, headers);
    this.#watches.push(watch);
    return watch;
  }

  /** The version of the collection as of now. */
  async version(): Promise<string> {
    return versionOf(await this.get(this.widgets));
  }

  readonly #watches: WatchReader[] = [];

  end(): void {
    for (const watch of this.#watches) watch.abort();
  }
}

/** The version of a list. */
export function versionOf(answer: Answer): string {
  return (answer.body.metadata as { resourceVersion: string }).resourceVersion;
}

/** The names in a list, in its order. */
export function namesOf(answer: Answer): (string | undefined)[] {
  return (answer.body.items as KubeObject[]).map((item) => item.metadata.name);
}

/** Starts the server for the tests of a file; the function that comes back makes a client for each test. */
export function useServer(): () => Promise<Client> {
  let server: ContractServer | undefined;
  const clients: Client[] = [];
  beforeAll(async () => {
    server = await contractServer();
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.end();
  });
  afterAll(async () => {
    await server?.close();
  });
  return async () => {
    if (!server) throw new Error('the server has not been started');
    const client = new Client(server, await server.namespace());
    clients.push(client);
    return client;
  };
}
