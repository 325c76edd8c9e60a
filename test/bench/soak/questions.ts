/** Where the world around the operator is. */
export interface Surroundings {
  readonly url: string;
  readonly caBundleFile: string;
  readonly kubeconfig: string;
  readonly operatorNamespace: string;
  readonly cycles: number;
}

/** Memory at the end of a cycle, in bytes. */
export interface Sample {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

/** What the operator's process asks of the world: whether everybody is as they should be, and a change with a request for a cycle. */
export type Question = { readonly ask: 'Settled' | 'Change' } | { readonly ask: 'End'; readonly samples: readonly Sample[] };

/** Names the time of the operator's clock on each request. */
export const nowHeader = 'x-bench-now';
