export { createEntra } from './entra.ts';
export { fillOrganisation, type Organisation, type OrganisationOptions } from './organisation.ts';
export { serveHttps, type EntraServer, type HttpsOptions } from './serve-https.ts';
export { defaultSettings, type EntraSettings, type SettingsOverride, type Span } from './settings.ts';
export type * from './types.ts';
