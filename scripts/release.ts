import { readFileSync, writeFileSync } from 'node:fs';

const project = new URL('../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, project), 'utf8');

/** What must name one version when it is released. */
export interface Versions {
  readonly tag: string;
  readonly package: string;
  readonly chart: string;
  readonly changelog: string;
}

/** What stands in the files of the project. The changelog: its newest heading, with `Unreleased` where there is no date. */
export function versionsOf(tag: string): Versions {
  return {
    tag: tag.replace(/^v/, ''),
    package: (JSON.parse(read('package.json')) as { readonly version: string }).version,
    chart: /^appVersion: (\S+)$/m.exec(read('charts/tenantsync/Chart.yaml'))?.[1] ?? '',
    changelog: newestEntry(read('CHANGELOG.md')).heading,
  };
}

/** Why these cannot be released together; empty when they can. */
export function problemsOf(versions: Versions): readonly string[] {
  const { tag, changelog } = versions;
  const dated = new RegExp(`^\\[${tag.replaceAll('.', '\\.')}\\] - \\d{4}-\\d{2}-\\d{2}$`);
  return [
    ...(versions.package === tag ? [] : [`package.json says ${versions.package}, and the tag ${tag}: set version`]),
    ...(versions.chart === tag ? [] : [`charts/tenantsync/Chart.yaml says ${versions.chart}, and the tag ${tag}: set appVersion`]),
    ...(dated.test(changelog) ? [] : [`CHANGELOG.md begins with "${changelog}": write [${tag}] - and the day`]),
  ];
}

/** The newest entry of a changelog. */
export function newestEntry(changelog: string): { readonly heading: string; readonly text: string } {
  const [, entry = ''] = changelog.split(/^## /m);
  const [heading = '', ...lines] = entry.split('\n');
  return { heading, text: lines.join('\n').trim() };
}

/** Values of the chart that name one image by its digest, so that whoever installs the chart gets what was signed with it. */
export function withImage(
  values: string,
  image: { readonly registry: string; readonly repository: string; readonly digest: string },
): string {
  return Object.entries(image).reduce((text, [key, value]) => {
    const line = new RegExp(`^(image:\\n(?:  .*\\n)*?  ${key}: ).*$`, 'm');
    if (!line.test(text)) throw new Error(`values.yaml has no image.${key}`);
    return text.replace(line, (_, before: string) => before + value);
  }, values);
}

/** `release.ts check TAG`, `release.ts notes TAG`, `release.ts chart REGISTRY REPOSITORY DIGEST`. */
function main([verb, ...args]: readonly string[]): void {
  const [first = '', repository = '', digest = ''] = args;
  switch (verb) {
    case 'check': {
      const problems = problemsOf(versionsOf(first));
      for (const problem of problems) console.error(problem);
      process.exitCode = problems.length === 0 ? 0 : 1;
      return;
    }
    case 'notes':
      console.log(newestEntry(read('CHANGELOG.md')).text);
      return;
    case 'chart':
      writeFileSync(
        new URL('charts/tenantsync/values.yaml', project),
        withImage(read('charts/tenantsync/values.yaml'), { registry: first, repository, digest }),
      );
      return;
    default:
      console.error('usage: release.ts check TAG | notes | chart REGISTRY REPOSITORY DIGEST');
      process.exitCode = 2;
  }
}

if (import.meta.main) main(process.argv.slice(2));
