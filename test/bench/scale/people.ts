import type { Json } from '@tenantsync/sandbox/entra';
import { projectionName, type UserProjection } from '../../../src/api/kinds.ts';
import { formatAnchor } from '../../../src/core/matching/anchor.ts';
import { omit } from '../../../src/core/omit.ts';
import { contentRevision } from '../../../src/core/projection/desired.ts';
import { sealSpec } from '../../../src/core/projection/sealed-spec.ts';
import { sleep, type Tenants } from '../sites.ts';
import type { GivenRecord } from '../etcd.ts';

/** Somebody who is as a real person is, with names of their own. */
export interface Added {
  readonly objectId: string;
  readonly accountId: string;
  readonly address: string;
  readonly names: { readonly displayName: string; readonly givenName: string; readonly surname: string };
  readonly pattern: GivenRecord;
}

const id = (kind: number, index: number): string =>
  `${String(index).padStart(8, '0')}-0000-4000-8${kind}00-${String(index * 7919).padStart(12, '0')}`;
const [managers, managersAccount] = [id(1, 0), id(2, 0)];

/** As many others as make up the number, after the patterns of those who are there. */
export function others(real: readonly UserProjection[], users: number): readonly Added[] {
  const patterns = real.filter(({ status }) => status.state === 'Provisioned' || status.state === 'Blocked');
  return Array.from({ length: users - real.length }, (_, index): Added => {
    const pattern = patterns[index % patterns.length];
    if (pattern === undefined) throw new Error('nobody is provisioned');
    const names = { displayName: `Person ${index}`, givenName: `Given ${index}`, surname: `Family ${index}` };
    return { objectId: id(1, index), accountId: id(2, index), address: `person.${index}@contoso.com`, names, pattern };
  });
}

/** What somebody's record has as well; managed fields on a real server alone. */
const kept = ({ namespace, labels, finalizers, managedFields }: GivenRecord['metadata']): Omit<GivenRecord['metadata'], 'name'> => ({
  namespace,
  ...(labels === undefined ? {} : { labels }),
  ...(finalizers === undefined ? {} : { finalizers }),
  ...(managedFields === undefined ? {} : { managedFields }),
});

/** Records of others, as settled as those of the real people. A cycle over changes has no reason to look at them. */
export function* settledOf(added: readonly Added[]): Generator<GivenRecord> {
  for (const { objectId, accountId, address, names, pattern } of added) {
    const { metadata, spec, status } = pattern;
    const unsealed = {
      ...omit(spec, 'revision'),
      source: { ...spec.source, objectId, userPrincipalName: address },
      invitedAddress: address,
      ...(spec.manager === undefined ? {} : { manager: { sourceObjectId: managers } }),
      attributes: { ...spec.attributes, ...names },
    };
    const sealed = sealSpec(unsealed);
    const userPrincipalName = `${address.replace('@', '_')}#EXT#@fabrikam.onmicrosoft.com`;
    const target = { ...status.targetUser, objectId: accountId, userPrincipalName };
    const applied = { appliedRevision: sealed.revision, appliedContent: contentRevision(sealed) };
    const managed = spec.manager === undefined ? target : { ...target, managerId: managersAccount };
    yield {
      apiVersion: 'tenantsync.dev/v1alpha1',
      kind: 'UserProjection',
      metadata: { ...kept(metadata), name: projectionName('staff', objectId) },
      spec: sealed,
      status: { ...omit(status, 'warnings'), ...applied, observedGeneration: 1, targetUser: managed },
    };
  }
}

/** The others themselves and their accounts, as their records say. */
export async function addPeople({ hub, spoke }: Tenants, added: readonly Added[]): Promise<void> {
  for (const [index, { objectId, accountId, address, names, pattern }] of added.entries()) {
    const { spec, status } = pattern;
    const person = hub.user(spec.source.objectId);
    const account = spoke.user(status.targetUser?.objectId ?? '');
    if (person === undefined || account === undefined) throw new Error('a person is missing');
    const own = ['id', 'userPrincipalName', 'proxyAddresses', 'identities', 'createdDateTime'] as const;
    const properties = omit(person.properties as Record<(typeof own)[number], Json>, ...own);
    hub.createUser({ id: objectId, userPrincipalName: address, properties: { ...properties, ...names } });
    const anchor = formatAnchor({ sourceTenantId: hub.tenantId, sourceObjectId: objectId, installation: 'default' });
    const external = ['userPrincipalName', 'mail', 'proxyAddresses', 'otherMails', 'identities'] as const;
    const copied = omit(account.properties as Record<(typeof external)[number], Json>, ...external, 'id' as never);
    spoke.createExternalUser({
      id: accountId,
      address,
      userType: 'Member',
      accepted: true,
      properties: { ...copied, ...names, onPremisesExtensionAttributes: { extensionAttribute15: anchor } },
    });
    if (spec.manager !== undefined) {
      hub.setManager(objectId, managers);
      spoke.setManager(accountId, managersAccount);
    }
    // The operator waits for this process, which is its tenants.
    if (index % 100 === 0) await sleep(1);
  }
}
