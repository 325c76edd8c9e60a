import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { ConfigError } from '../config.ts';
import { builtInClouds, cloudsFromFile, CloudsFileError, type Cloud } from '../graph/clouds.ts';

/** The built-in clouds and those of a clouds file. Throws ConfigError. */
export function loadClouds(cloudsFile: string | undefined): readonly Cloud[] {
  if (cloudsFile === undefined) return builtInClouds;
  try {
    return [...builtInClouds, ...cloudsFromFile(load(readFileSync(cloudsFile, 'utf8')))];
  } catch (error) {
    if (error instanceof CloudsFileError) throw new ConfigError(`--clouds-file: ${error.message}`);
    throw new ConfigError(`--clouds-file: ${cloudsFile} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
