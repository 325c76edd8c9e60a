import { randomUUID } from 'node:crypto';
import type { UserProjection } from '../../src/api/kinds.ts';
import { namespace } from '../support/world.ts';

/** Managed fields are those that a real API server has noted; nobody reads them here. */
interface GivenMetadata extends Pick<UserProjection['metadata'], 'name' | 'namespace' | 'labels' | 'finalizers'> {
  readonly managedFields?: unknown;
}

/** A record as it is given to a server, which adds the rest. */
export interface GivenRecord extends Pick<UserProjection, 'apiVersion' | 'kind' | 'spec' | 'status'> {
  readonly metadata: GivenMetadata;
}

const prefix = '/registry/tenantsync.dev/userprojections/';
const encoded = (text: string): string => Buffer.from(text).toString('base64');

async function ask(url: string, body: object): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`etcd: ${response.status} ${await response.text()}`);
  return await response.json();
}

/** As many as etcd takes in one transaction. */
const together = 128;

/**
 * Puts records into etcd as kube-apiserver stores them. Through kube-apiserver a record is two writes of some milliseconds each, which is half an hour
 * for 100,000.
 */
export async function store(etcd: string, records: Iterable<GivenRecord>): Promise<void> {
  const creationTimestamp = `${new Date().toISOString().slice(0, 19)}Z`;
  const put = ({ apiVersion, kind, metadata: given, spec, status }: GivenRecord): object => {
    const { name, labels, finalizers, managedFields } = given;
    const metadata = { creationTimestamp, finalizers, generation: 1, labels, managedFields, name, namespace, uid: randomUUID() };
    const value = encoded(`${JSON.stringify({ apiVersion, kind, metadata, spec, status })}\n`);
    return { requestPut: { key: encoded(`${prefix}${namespace}/${name}`), value } };
  };
  let success: object[] = [];
  const flush = async (): Promise<void> => {
    if (success.length > 0) await ask(`${etcd}/v3/kv/txn`, { success });
    success = [];
  };
  for (const record of records) {
    success.push(put(record));
    if (success.length === together) await flush();
  }
  await flush();
}

/** How many bytes the records are together, as etcd has them: for a few hundred. */
export async function storedBytes(etcd: string): Promise<number> {
  const range = { key: encoded(prefix), range_end: encoded(`${prefix.slice(0, -1)}0`) };
  const { kvs = [] } = (await ask(`${etcd}/v3/kv/range`, range)) as { readonly kvs?: readonly { readonly value: string }[] };
  return kvs.reduce((sum, { value }) => sum + Buffer.byteLength(value, 'base64'), 0);
}
