import { Option } from 'commander';
import type { GroupProjection, SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import { ClientError, PassingError } from './cluster.ts';
import { parityHtml } from './parity-html.ts';
import { parityFromHere, plannedConfiguration } from './parity.ts';
import { recordsOf } from './people.ts';
import { reportHtml } from './report-html.ts';
import { reportOf, type Findings } from './report.ts';
import { print, type AddVerb, type Connection, type Surroundings } from './surroundings.ts';

interface ReportFlags extends Connection {
  readonly output: 'html' | 'json' | 'yaml';
  readonly parity?: string;
  readonly cloudsFile?: string;
}

/** What a plan would do otherwise than Entra has done. */
async function reportParity(around: Surroundings, flags: ReportFlags, name: string): Promise<void> {
  const parity = await parityFromHere(around.site(flags), await plannedConfiguration(around.connect(flags), name));
  const at = new Date(around.clock.now()).toISOString();
  if (flags.output === 'html') around.terminal.say(parityHtml(parity, { at, version: around.version }));
  else print(around, { ...flags, output: flags.output }, { value: { at, ...parity }, lines: [] });
  around.terminal.note(`tenantsync: ${parity.summary}`);
  if (parity.differences > 0) throw new ClientError('', 2);
}

/** Adds the command that says how everything stands, as one file. */
export function addReport(verb: AddVerb, around: Surroundings): void {
  verb('report [name]', 'how everything stands, as one file: of all, of a configuration, or of a person', 'report staff > report.html')
    .option('-A, --all-namespaces', 'all namespaces')
    .option('--parity <configuration>', "compare a plan with what Entra's own job has made of the target; ends with 2 where they differ")
    .option('--clouds-file <file>', 'the clouds file of the operator, where the pair names a cloud of it')
    .addOption(new Option('-o, --output <form>', 'form of the output').choices(['html', 'json', 'yaml']).default('html'))
    .action(async (name: string | undefined, flags: ReportFlags) => {
      if (flags.parity !== undefined) {
        if (name !== undefined) throw new ClientError('--parity names the configuration that is compared; name no other.', 2);
        return reportParity(around, flags, flags.parity);
      }
      const cluster = around.connect(flags);
      const all = {
        pairs: await cluster.list<TenantPair>('tenantPair'),
        configurations: await cluster.list<SyncConfiguration>('syncConfiguration'),
        records: await readable(around, 'people', cluster.list<UserProjection>('userProjection')),
        groups: await readable(around, 'groups', cluster.list<GroupProjection>('groupProjection')),
      };
      const found = name === undefined ? all : findingsAbout(all, name);
      const report = reportOf(found, name === undefined ? 'TenantSync' : `TenantSync: ${name}`, around.clock.now());
      if (flags.output === 'html') around.terminal.say(reportHtml(report, around.version));
      else print(around, { ...flags, output: flags.output }, { value: report, lines: [] });
    });
}

/** What may be read; undefined, and said so, where it may not. */
async function readable<T>({ terminal }: Surroundings, what: 'people' | 'groups', reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof ClientError) || error instanceof PassingError) throw error;
    terminal.note(`tenantsync: there will be numbers and no ${what}. ${error.message}`);
    return undefined;
  }
}

/** The part of the findings about one configuration, or about one person. */
function findingsAbout({ pairs, configurations, records, groups }: Findings, name: string): Findings {
  const chosen = configurations.filter(({ metadata }) => metadata.name === name);
  const about =
    chosen.length > 0 ? records?.filter(({ spec }) => spec.syncConfigurationRef.name === name) : recordsOf(records ?? [], name, 'Either');
  if (chosen.length === 0 && (about ?? []).length === 0)
    throw new ClientError(`There is no SyncConfiguration and no record of ${JSON.stringify(name)} here. -A looks in all namespaces.`);
  const isMeant = ({ metadata }: SyncConfiguration): boolean =>
    chosen.length > 0 ? metadata.name === name : (about ?? []).some(({ spec }) => spec.syncConfigurationRef.name === metadata.name);
  const meant = configurations.filter(isMeant);
  const ofThem = ({ metadata }: TenantPair): boolean =>
    meant.some((one) => one.metadata.namespace === metadata.namespace && one.spec.tenantPairRef.name === metadata.name);
  const ofGroups = chosen.length > 0 ? groups?.filter(({ spec }) => spec.syncConfigurationRef.name === name) : [];
  return { pairs: pairs.filter(ofThem), configurations: meant, records: about, groups: ofGroups };
}
