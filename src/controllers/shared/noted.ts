import { KubeError } from '../../ports/resources.ts';
import type { Dependencies } from './dependencies.ts';

/** Others write to the same notes, and whoever comes second begins again. */
const mostTries = 5;

/** Keeps a text beyond the life of pairs and records; nothing is written where it stands already. Rejects with KubeError. */
export async function noteText(deps: Pick<Dependencies, 'notes'>, key: string, wanted: string, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const { text = '', version } = await deps.notes.read(key, signal);
    if (text === wanted) return;
    try {
      await deps.notes.write(key, wanted, version, signal);
      return;
    } catch (error) {
      if (!(error instanceof KubeError && error.kind === 'Conflict') || tries === mostTries) throw error;
    }
  }
}
