import type { TenantPairSpec } from '../../../../src/api/generated.ts';
import type { TenantPair } from '../../../../src/api/kinds.ts';
import { tenantPairReconciler } from '../../../../src/controllers/tenant-pair/controller.ts';
import type {
  AccessSettings,
  DirectoryFactory,
  PartnerAccess,
  SourceDirectory,
  TargetDirectory,
  TenantConnection,
} from '../../../../src/ports/directory.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';
import type { ReconcileResult } from '../../../../src/ports/reconcile.ts';
import type { KubeError } from '../../../../src/ports/resources.ts';
import { fakeSource } from '../../../support/fake-source.ts';
import { FakeTarget } from '../../../support/fake-target.ts';
import { sourcePermissions, targetPermissions } from '../../../support/permissions.ts';
import { sourceTenantId, targetTenantId } from '../../core/support.ts';
import { noSettings, Site, type SiteOptions } from '../support.ts';

type Credentials = TenantPairSpec['source']['credentials'];

const secretOf = (clientId: string): Credentials => ({
  clientSecret: { clientId, secretRef: { name: `${clientId}-secret`, key: 'secret' } },
});

/** How the two sides of a pair are named and signed in to. */
export const sides = {
  source: { tenantId: sourceTenantId, cloud: 'Public', credentials: secretOf('source') },
  target: { tenantId: targetTenantId, cloud: 'Public', credentials: secretOf('target') },
} as unknown as Pick<TenantPairSpec, 'source' | 'target'>;

const partner: PartnerAccess = {
  configured: true,
  userSyncInboundAllowed: true,
  automaticConsent: { inboundAllowed: true, outboundAllowed: true },
  own: { automaticConsent: { inboundAllowed: true, outboundAllowed: true }, inboundTrust: { isMfaAccepted: true } },
  b2bCollaborationInboundBlocked: false,
  b2bCollaborationOutboundBlocked: false,
  inboundTrust: { mfa: true, compliantDevice: false, hybridJoinedDevice: false },
};

const domain = (name: string) => ({ name, isDefault: true, isInitial: false });

/** Two tenants that allow everything, the Secrets to sign in to them, and the pair `pair` between them. */
export class Tenants {
  readonly site: Site;
  readonly secrets = new Map<string, Readonly<Record<string, string>>>([
    ['source-secret', { secret: 'one' }],
    ['target-secret', { secret: 'two' }],
  ]);
  /** What reading a Secret is refused with. */
  readonly refusedSecrets = new Map<string, KubeError>();
  /** Connections that directories were made for. */
  readonly opened: TenantConnection[] = [];
  settings: AccessSettings = noSettings;
  sourceAnswers: Partial<SourceDirectory> = {};
  targetAnswers: Partial<TargetDirectory> = {};

  constructor(options: SiteOptions = {}) {
    this.site = new Site({
      ...options,
      records: options.records ?? [],
      pair: { ...sides, ...options.pair },
      directories: { ...this.#directories(), ...options.directories },
      secrets: {
        get: ({ name }) => {
          const refused = this.refusedSecrets.get(name);
          if (refused) return Promise.reject(refused);
          const data = this.secrets.get(name);
          if (!data) return Promise.resolve(undefined);
          const bytes = Object.entries(data).map(([key, value]) => [key, Buffer.from(value)] as const);
          return Promise.resolve({ data: Object.fromEntries(bytes), resourceVersion: '1', type: 'Opaque' });
        },
      },
    });
    this.site.deps.sessions.delete('identity/pair', 0);
  }

  #directories(): Partial<DirectoryFactory> {
    return {
      clouds: ['Public', 'USGov', 'China'],
      cloudEndpoint: (cloud) => ({ Public: 'microsoftonline.com', USGov: 'microsoftonline.us' })[cloud],
      groups: () => undefined as never,
      accessSettings: () => this.settings,
      source: (connection) => {
        this.opened.push(connection);
        return fakeSource({
          quota: { reserve: () => ({ release: () => undefined }), availableAt: () => 0, inFlight: () => 8, pauses: () => [] },
          grantedPermissions: () => Promise.resolve(sourcePermissions),
          organization: () => Promise.resolve({ id: sourceTenantId, displayName: 'Contoso', verifiedDomains: [domain('Contoso.com')] }),
          partnerAccess: () => Promise.resolve(partner),
          allowedCloudEndpoints: () => Promise.resolve([]),
          ...this.sourceAnswers,
        });
      },
      target: (connection) => {
        this.opened.push(connection);
        return {
          ...new FakeTarget().directory,
          grantedPermissions: () => Promise.resolve(targetPermissions),
          organization: () => Promise.resolve({ id: targetTenantId, displayName: 'Fabrikam', verifiedDomains: [domain('fabrikam.com')] }),
          partnerAccess: () => Promise.resolve(partner),
          invitationPolicy: () => Promise.resolve({ allowInvitesFrom: 'everyone' }),
          ...this.targetAnswers,
        };
      },
    };
  }

  get pair(): TenantPair {
    const found = this.site.pairs.get({ namespace: 'identity', name: 'pair' });
    if (!found) throw new Error('the pair is gone');
    return found;
  }

  /** A condition as `Status Reason`. */
  condition(type: string, pair = this.pair): string | undefined {
    const found = pair.status.conditions?.find((condition) => condition.type === type);
    return found && `${found.status} ${found.reason}`;
  }

  message(type = 'Ready'): string {
    return this.pair.status.conditions?.find((condition) => condition.type === type)?.message ?? '';
  }

  get session() {
    return this.site.deps.sessions.get('identity/pair');
  }

  edit(spec: Partial<TenantPairSpec>, metadata: Partial<TenantPair['metadata']> = {}): void {
    const { pair } = this;
    const generation = pair.metadata.generation + (Object.keys(spec).length > 0 ? 1 : 0);
    this.site.pairs.put({ ...pair, metadata: { ...pair.metadata, generation, ...metadata }, spec: { ...pair.spec, ...spec } });
  }

  check(key = 'identity/pair', signal = new AbortController().signal): Promise<ReconcileResult> {
    return tenantPairReconciler(this.site.deps)(key, { signal, logger: silentLogger, reconcileId: 'r' });
  }
}

/** Access settings towards the other tenant, with what a test says. */
export const accessWith = (more: Partial<PartnerAccess>) => (): Promise<PartnerAccess> => Promise.resolve({ ...partner, ...more });
