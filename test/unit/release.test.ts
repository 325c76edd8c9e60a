import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { newestEntry, problemsOf, versionsOf, withImage } from '../../scripts/release.ts';

const fitting = { tag: '1.2.0', package: '1.2.0', chart: '1.2.0', changelog: '[1.2.0] - 2026-03-01' };

describe('a release', () => {
  test('is made when tag, package, chart and changelog name one version', () => {
    expect(problemsOf(fitting)).toEqual([]);
  });

  test.each([
    ['the package', { package: '1.1.0' }, 'package.json says 1.1.0, and the tag 1.2.0: set version'],
    ['the chart', { chart: '1.1.0' }, 'charts/tenantsync/Chart.yaml says 1.1.0, and the tag 1.2.0: set appVersion'],
    [
      'the changelog',
      { changelog: '[1.2.0] - Unreleased' },
      'CHANGELOG.md begins with "[1.2.0] - Unreleased": write [1.2.0] - and the day',
    ],
    ['a changelog of another version', { changelog: '[1x2.0] - 2026-03-01' }, expect.stringContaining('CHANGELOG.md')],
  ])('is refused when %s says something else', (_, other, problem) => {
    expect(problemsOf({ ...fitting, ...other })).toEqual([problem]);
  });

  test('of this project would carry one version: its files agree', () => {
    const { package: version, chart, changelog } = versionsOf('v0.0.0');
    expect(chart).toBe(version);
    expect(changelog.startsWith(`[${version}] - `)).toBe(true);
  });

  test('has the newest entry of the changelog as its notes', () => {
    const { heading, text } = newestEntry(
      '# Changelog\n\n## [2.0.0] - Unreleased\n\n### Added\n\n* This.\n\n## [1.0.0] - 2026-01-01\n\n* That.\n',
    );
    expect(heading).toBe('[2.0.0] - Unreleased');
    expect(text).toBe('### Added\n\n* This.');
  });
});

describe('the chart of a release', () => {
  const values = readFileSync(new URL('../../charts/tenantsync/values.yaml', import.meta.url), 'utf8');
  const image = { registry: 'registry.example', repository: 'identity/tenantsync', digest: `sha256:${'0'.repeat(64)}` };

  test('names the image that was signed with it, and is otherwise the chart that was tested', () => {
    const before = load(values) as { readonly image: object };
    expect(load(withImage(values, image))).toEqual({ ...before, image: { ...before.image, ...image } });
  });

  test('is not made when the values have no place for the image', () => {
    expect(() => withImage('image:\n  name: x\n', image)).toThrow('values.yaml has no image.registry');
  });
});
