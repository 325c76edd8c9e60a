export { createEntra } from './entra.ts';
export { defaultSettings, type EntraSettings, type SettingsOverride, type Span } from './settings.ts';
export type * from './types.ts';
