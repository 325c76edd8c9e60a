export { createEntra } from './entra.ts';
export { fillOrganisation } from './organisation.ts';
export { serveHttps, type EntraServer } from './serve-https.ts';
export type { SettingsOverride } from './settings.ts';
export type * from './types.ts';
