import type { UserProjectionStatus } from '../../../../src/api/generated.ts';
import { addressRival, holdersOf } from '../../../../src/controllers/user-projection/claims.ts';
import { ready, recordWith, sourceTenantId } from '../../core/support.ts';
import { configurationWith, pairWith, Site } from '../support.ts';

const address = 'ana@contoso.com';
const otherTenantId = '99999999-9999-4999-8999-999999999999';
const refused = { state: 'Conflict', targetUser: undefined, ...ready('AddressNotVerified') } as unknown as UserProjectionStatus;
const nobody = { targetUser: undefined } as unknown as UserProjectionStatus;
const account = { targetUser: { objectId: 'theirs', origin: 'Created' } } as const;
const invited = { ...nobody, intent: { operation: 'Create', at: '2026-01-05T08:00:00Z', address } } as unknown as UserProjectionStatus;
const skipped = { ...nobody, state: 'Skipped' } as unknown as UserProjectionStatus;

const own = ['contoso.com'];
const foreign = ['northwind.com'];

/** Two people under one address: who has what, and which domains the sources of both are known to have; none are known where there is none. */
interface Given {
  readonly ours: readonly string[];
  readonly theirs: readonly string[] | 'SameSource';
  readonly status: Partial<UserProjectionStatus>;
}

function look({ ours, theirs, status }: Given): { readonly rival: boolean; readonly holds: boolean } {
  const shared = theirs === 'SameSource';
  const mine = recordWith({ spec: { invitedAddress: address }, status: nobody, metadata: { name: 'mine', uid: 'mine' } });
  const other = recordWith({
    spec: {
      invitedAddress: address.toUpperCase(),
      source: { tenantId: shared ? sourceTenantId.toUpperCase() : otherTenantId, objectId: 'somebody' },
      ...(shared ? {} : { syncConfigurationRef: { name: 'theirs' } }),
    },
    status,
    metadata: { name: 'theirs', uid: 'theirs' },
  });
  const site = new Site({ records: [mine, other] });
  site.configurations.put(configurationWith({ tenantPairRef: { name: 'theirs' } }, { name: 'theirs' }));
  const pair = pairWith();
  site.pairs.put({
    ...pair,
    metadata: { ...pair.metadata, name: 'theirs', uid: 'theirs', namespace: 'identity' },
    spec: { ...pair.spec, source: { ...pair.spec.source, tenantId: otherTenantId } },
  });
  site.session.sourceDomains = new Set(ours);
  if (!shared) site.deps.sessions.set('identity/theirs', { ...site.session, sourceDomains: new Set(theirs) });
  return { rival: addressRival(site.deps, mine) !== undefined, holds: holdersOf(site.deps, mine, address).length > 0 };
}

describe('Who holds an address (I15, D3)', () => {
  it.each<[string, Given, { readonly rival: boolean; readonly holds: boolean }]>([
    ['one of the same source', { ours: own, theirs: 'SameSource', status: nobody }, { rival: true, holds: true }],
    // Its domain may have been verified a moment ago, for both.
    ['one of the same source who was refused before', { ours: own, theirs: 'SameSource', status: refused }, { rival: true, holds: true }],
    ['one of the same source who is left alone', { ours: own, theirs: 'SameSource', status: skipped }, { rival: false, holds: true }],
    ['one whose source has other domains', { ours: own, theirs: foreign, status: nobody }, { rival: false, holds: false }],
    ['one who was refused', { ours: own, theirs: foreign, status: refused }, { rival: false, holds: false }],
    ['one whose domains are not known', { ours: own, theirs: [], status: nobody }, { rival: false, holds: false }],
    ['one with an account', { ours: own, theirs: foreign, status: account }, { rival: true, holds: true }],
    ['one with an account, whose domains are not known', { ours: own, theirs: [], status: account }, { rival: true, holds: true }],
    ['one who is being invited', { ours: own, theirs: foreign, status: invited }, { rival: true, holds: true }],
    ['one whose source says that the domain is its own', { ours: own, theirs: own, status: nobody }, { rival: true, holds: true }],
    ['one, while our own domains are not known', { ours: [], theirs: own, status: nobody }, { rival: true, holds: true }],
    ['one, while no domains are known', { ours: [], theirs: [], status: nobody }, { rival: true, holds: true }],
    ['one of other domains, while our own are not known', { ours: [], theirs: foreign, status: nobody }, { rival: false, holds: false }],
    ['one of the domain, where the source is of another', { ours: foreign, theirs: own, status: nobody }, { rival: false, holds: true }],
    ['one of the same source of another domain', { ours: foreign, theirs: 'SameSource', status: nobody }, { rival: false, holds: false }],
    ['one with an account, where the source is of another', { ours: foreign, theirs: own, status: account }, { rival: false, holds: true }],
  ])('%s', (_, given, expected) => {
    expect(look(given)).toEqual(expected);
  });
});
