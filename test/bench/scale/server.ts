import type { KubeObject } from '@tenantsync/sandbox/kubernetes';
import type { SyncConfiguration, UserProjection } from '../../../src/api/kinds.ts';
import type { GivenRecord } from '../etcd.ts';
import type { ServerName } from './choice.ts';

/** What the API server was asked for between two points in time. */
export interface KubernetesRequests {
  /** Writes of the operator to kinds of ours. */
  readonly kubernetesWrites: number;
  /** Pages of lists of records that the operator has read. */
  readonly pages: number;
}

/** What a server takes to keep the records. */
export interface Keeping {
  /** Bytes of all records in its storage. */
  storedBytes(): Promise<number>;
  /** It comes back with nothing but what it keeps; whoever was connected is not any more. */
  restart(): Promise<void>;
  /** Bytes on its heap once the operator watches the records. */
  heapBytes(): Promise<number>;
}

/** The API server that the operator works against, as the benchmark uses it. */
export interface ScaleServer {
  readonly name: ServerName;
  readonly kubeconfig: string;
  /** Between two looks at one object, and between two at all records: looking must not take from what is looked at. */
  readonly lookMs: { readonly one: number; readonly all: number };
  apply(manifests: readonly KubeObject[]): Promise<void>;
  /** Makes records as they are given, status included, past the operator. */
  put(settled: Iterable<GivenRecord>): Promise<void>;
  records(): Promise<readonly UserProjection[]>;
  record(name: string): Promise<UserProjection>;
  configuration(): Promise<SyncConfiguration>;
  /** Sets annotations of the configuration; no count has this in it. */
  annotate(annotations: Readonly<Record<string, string>>): Promise<void>;
  /** Counts from now on; ends the count before. */
  count(): Promise<() => Promise<KubernetesRequests>>;
  /** Of a server that keeps records as a real one does. */
  readonly keeping?: Keeping;
  close(): Promise<void>;
}
