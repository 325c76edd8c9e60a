export { ApiError } from './api-error.ts';
export { serveHttps } from './https.ts';
export { createKubernetes } from './kubernetes.ts';
export { FaultBook } from './server/faults.ts';
export type * from './types.ts';
