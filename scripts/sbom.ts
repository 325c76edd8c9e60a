import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const project = new URL('../', import.meta.url).pathname;
const onlyForDevelopers = ['workspaces', 'devDependencies', 'optionalDependencies', 'overrides', 'allowScripts'];

/**
 * Lists what the image has in `node_modules`, as CycloneDX JSON. `npm sbom --omit dev` of the whole project would leave out each
 * dependency that is a developer's elsewhere in it, so the list is made of a copy of the lock file that knows of no developers.
 * Needs no network: versions and licences stand in the lock file.
 */
export function softwareBillOfMaterials(): string {
  const temporary = mkdtempSync(join(tmpdir(), 'tenantsync-sbom-'));
  // npm calls the subject by the name of its folder.
  const folder = join(temporary, 'tenantsync');
  const npm = (args: readonly string[]): string => execFileSync('npm', args, { cwd: folder, encoding: 'utf8', maxBuffer: 64 << 20 });
  try {
    mkdirSync(folder);
    const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as Record<string, unknown>;
    const kept = Object.fromEntries(Object.entries(manifest).filter(([key]) => !onlyForDevelopers.includes(key)));
    writeFileSync(join(folder, 'package.json'), JSON.stringify(kept));
    for (const file of ['package-lock.json', '.npmrc']) copyFileSync(join(project, file), join(folder, file));
    npm(['install', '--package-lock-only', '--offline', '--ignore-scripts', '--no-save']);
    return npm(['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx']);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

if (import.meta.main) process.stdout.write(softwareBillOfMaterials());
