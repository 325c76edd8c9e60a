import type { DirectoryFactory } from '../ports/directory.ts';
import type { GraphOptions } from './options.ts';

export type { GraphOptions } from './options.ts';

/** Makes directories over Microsoft Graph. */
export function createDirectoryFactory(options: GraphOptions): DirectoryFactory {
  throw new Error(`not ready for ${options.clouds.length} clouds`);
}
