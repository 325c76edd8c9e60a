import type { HttpFetch } from '../../../src/ports/http.ts';
import { controlPlanesVariable } from '../../cluster/support/control-plane.ts';
import { embeddedServer } from './embedded-server.ts';
import { realServer } from './real-server.ts';

/**
 * A Kubernetes API, as the contract suite sees it. What the operator needs of one is in the suite, and the embedded API has that;
 * server-side apply is not: the operator and the demo never use it, users do, and test/cluster/kubectl shows it on the real server.
 */
export interface ContractServer {
  readonly url: string;
  /** Sends as a cluster administrator, unless a request brings its own authorization. */
  readonly fetch: HttpFetch;
  /** Makes a namespace that is used by one test alone. */
  namespace(): Promise<string>;
  /** Has the server forget all history; undefined where nobody may do that. */
  readonly compact: (() => Promise<void>) | undefined;
  close(): Promise<void>;
}

/** The server that the suite runs on: the real one in `npm run test:cluster`, otherwise the embedded one. */
export async function contractServer(): Promise<ContractServer> {
  if (process.env[controlPlanesVariable] === undefined) return embeddedServer();
  return await realServer();
}
