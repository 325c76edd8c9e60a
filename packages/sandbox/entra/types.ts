export type * from './types/apps.ts';
export type * from './types/entra.ts';
export type * from './types/faults.ts';
export type * from './types/json.ts';
export type * from './types/objects.ts';
export type * from './types/policies.ts';
export type * from './types/requests.ts';
export type * from './types/tenant.ts';
