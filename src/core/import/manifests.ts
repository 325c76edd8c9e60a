import { parseIsoDuration } from './iso-duration.ts';
import { field, list, map, named, remark, saying, value, type Member, type Part, type Remark } from './commented.ts';
import type { EntraJob } from './job.ts';
import type { Invitation, UserMappings } from './mappings.ts';
import { visible } from './problem.ts';
import { placeholder, scopePart, type ScopeFacts } from './scope.ts';
import type { EntraSecrets } from './secrets.ts';

/** A value with where it is from. */
export interface Known {
  readonly value: string | undefined;
  readonly remarks: readonly Remark[];
}

/** Everything that the manifests are made of. */
export interface Facts {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly source: { readonly tenantId: Known; readonly clientId: string | undefined; readonly cloud: string | undefined };
  readonly target: { readonly tenantId: Known; readonly clientId: string | undefined };
  readonly scope: ScopeFacts;
  readonly mappings: UserMappings;
  readonly targetActions: readonly string[];
  readonly groups: Member;
  readonly job: EntraJob | undefined;
  readonly secrets: EntraSecrets | undefined;
  /** What is to be said about the export as a whole. */
  readonly remarks: readonly Remark[];
}

const apiVersion = 'tenantsync.dev/v1alpha1';

const metadata = ({ name, namespace }: Facts): Member =>
  named('metadata', map(field('name', name), ...(namespace === undefined ? [] : [field('namespace', namespace)])));

function credentials(name: string, side: 'source' | 'target', clientId: string | undefined): Member {
  const secretRef = { name: `${name}-${side}`, key: 'clientSecret' };
  const missing = remark(
    'fill in',
    `the client id of the app registration of the ${side} (--${side}-client-id); Entra's job has none of its own`,
  );
  const kinds = remark(
    'note',
    'a Secret of this namespace; workloadIdentity, clientCertificate and managedIdentity are the other kinds of credentials',
  );
  return named(
    'credentials',
    map(
      named(
        'clientSecret',
        map(
          field('clientId', clientId ?? placeholder('CLIENT-ID'), ...(clientId === undefined ? [missing] : [])),
          named('secretRef', value(secretRef), kinds),
        ),
      ),
    ),
  );
}

function pairOf(facts: Facts): Part {
  const { source, target, name } = facts;
  const cloud =
    source.cloud === undefined || source.cloud === 'Global'
      ? []
      : [field('cloud', source.cloud, remark('taken over', 'the address that the export is from'))];
  const targetCloud = remark('note', "the target's cloud is in no file; Global unless cloud says otherwise");
  return map(
    field('apiVersion', apiVersion),
    field('kind', 'TenantPair'),
    metadata(facts),
    named(
      'spec',
      map(
        named(
          'source',
          map(
            field('tenantId', source.tenantId.value ?? placeholder('SOURCE-TENANT-ID'), ...source.tenantId.remarks),
            ...cloud,
            credentials(name, 'source', source.clientId),
          ),
        ),
        named(
          'target',
          map(
            field('tenantId', target.tenantId.value ?? placeholder('TARGET-TENANT-ID'), ...target.tenantId.remarks),
            saying('cloud', targetCloud),
            credentials(name, 'target', target.clientId),
          ),
        ),
        saying(
          'crossTenantAccess',
          remark('note', 'the access settings of both tenants are in no file; the operator reads them and changes none'),
        ),
      ),
    ),
  );
}

function intervalMember(job: EntraJob | undefined): Member {
  if (job?.interval === undefined)
    return saying(
      'interval',
      remark('note', 'the interval is not in a schema, but in the job (--job); 40m, the default, is that of Entra'),
    );
  const interval = parseIsoDuration(job.interval);
  return interval === undefined
    ? saying(
        'interval',
        remark('differs', `the interval ${visible(job.interval)} is no time from 1 minute to 144 hours; the default is 40m`),
      )
    : field('interval', interval, remark('taken over', visible(job.interval)));
}

function stateRemarks(job: EntraJob | undefined): readonly Remark[] {
  if (job === undefined) return [];
  const active = job.state?.toLowerCase() === 'active';
  const state =
    job.state === undefined
      ? []
      : [
          remark(
            'note',
            active
              ? 'the state of the Entra job is Active: it still runs; before mode: Apply pause it there, and unassign nobody (runbook EntraJobActive)'
              : `the state of the Entra job is ${visible(job.state)}`,
          ),
        ];
  const held = job.quarantineReason?.toLowerCase() === 'toomanydeletes' ? ': Entra holds deletions back, and a plan will show them' : '';
  const quarantine =
    job.quarantineReason === undefined ? [] : [remark('note', `the Entra job is in quarantine, ${visible(job.quarantineReason)}${held}`)];
  const counts =
    job.counts.length === 0
      ? []
      : [
          remark(
            'note',
            `Entra counts as synchronized: ${job.counts.map(({ key, value: count }) => `${visible(key)} ${visible(count)}`).join(', ')}`,
          ),
        ];
  const expiration = job.expiration === undefined ? [] : [remark('cannot be', `the schedule ends at ${visible(job.expiration)}`)];
  return [...state, ...quarantine, ...counts, ...expiration];
}

function guardMember(secrets: EntraSecrets | undefined): Member {
  const differs = remark(
    'note',
    'Entra counts deletions of one cycle, the guard those of a day, and a share of all accounts too (percent: 20)',
  );
  const threshold = secrets?.deletionThreshold ?? { kind: 'Unknown' };
  switch (threshold.kind) {
    case 'Count':
      return named('guard', map(field('threshold', threshold.count, remark('taken over', 'the accidental deletion threshold'), differs)));
    case 'Off':
      return saying(
        'guard',
        remark(
          'differs',
          'accidental deletion prevention is off in the job; here there is always a guard, with threshold 500 and percent 20 unless guard says otherwise',
        ),
      );
    case 'Unknown':
      return saying(
        'guard',
        remark(
          'note',
          'the accidental deletion threshold is not in a schema, but among the secrets (--secrets); the defaults of the guard hold: threshold 500, percent 20',
        ),
      );
  }
}

function deprovisioning(facts: Facts): Part {
  const { lifecycle } = facts.mappings;
  const action =
    lifecycle === 'SoftDelete'
      ? field('action', 'SoftDelete', remark('taken over', 'the row IsSoftDeleted: who leaves is deleted, and can be restored for 30 days'))
      : field(
          'action',
          'Retain',
          remark(
            'differs',
            'the job has no row IsSoftDeleted, so that what it does with leavers is not known: they are kept; SoftDelete is what Entra does by default',
          ),
        );
  const skips =
    facts.secrets?.skipsOutOfScopeDeletions === true
      ? [saying('skip', remark('note', 'SkipOutOfScopeDeletions has no effect between tenants, in Entra either'))]
      : [];
  return map(
    action,
    field('disabledUsers', 'Retain', remark('taken over', 'who was blocked before leaving stays, as in Entra')),
    field(
      'adoptedUsers',
      'SoftDelete',
      remark('note', 'the accounts that Entra made are adopted, and go like all others when people leave, as in Entra'),
    ),
    ...skips,
    guardMember(facts.secrets),
  );
}

function actions(targetActions: readonly string[]): Member {
  const leavers = targetActions.includes('Delete') ? [] : [remark('note', 'without Delete leavers are kept, as in Entra')];
  return named('targetActions', value(targetActions), remark('taken over', 'the target object actions'), ...leavers);
}

const invitationMember = ({ written, remarks }: Invitation): Member => named('invitation', value({ ...written }), ...remarks);

function configurationOf(facts: Facts): Part {
  const { mappings, job } = facts;
  return map(
    field('apiVersion', apiVersion),
    field('kind', 'SyncConfiguration'),
    metadata(facts),
    named(
      'spec',
      map(
        named('tenantPairRef', value({ name: facts.name })),
        field('mode', 'Plan', remark('note', 'decides and writes to no tenant'), ...stateRemarks(job)),
        intervalMember(job),
        named('scope', scopePart(facts.scope)),
        field('defaultAttributeMappings', false, remark('note', 'every mapping is listed, so that a later default set changes nobody')),
        named('attributeMappings', list(mappings.items)),
        named(
          'matching',
          value({ adoption: 'Adopt' }),
          remark('taken over', 'the row alternativeSecurityIds: accounts that are there are recognised'),
          remark('note', 'an anchor (matching.anchor) is recommended: with it accounts are found again even if this cluster is lost'),
        ),
        actions(facts.targetActions),
        invitationMember(mappings.invitation),
        named('deprovisioning', deprovisioning(facts)),
        facts.groups,
      ),
    ),
  );
}

/** The two manifests, TenantPair first; remarks on the export as a whole stand before it. */
export function manifestsOf(facts: Facts): { readonly remarks: readonly Remark[]; readonly parts: readonly Part[] } {
  return { remarks: facts.remarks, parts: [pairOf(facts), configurationOf(facts)] };
}
