import type { TenantPairSpec } from '../../../../src/api/generated.ts';
import { policyPermission } from '../../../../src/core/preflight/enforce.ts';
import type { AccessSettings, CallOptions, PartnerAccess, PartnerSettings } from '../../../../src/ports/directory.ts';
import { refusal } from '../../../support/fake-target.ts';
import { sourcePermissions, targetPermissions } from '../../../support/permissions.ts';
import { sourceTenantId } from '../../core/support.ts';
import type { SiteOptions } from '../support.ts';
import { Tenants } from './tenants.ts';

type Operation = keyof AccessSettings | 'partnerAccess';

/** What one tenant has set towards the other: nothing at first, so that everything is inherited. */
export class AccessOfOne {
  partner: Readonly<Record<string, Readonly<Record<string, unknown>> | null>> | undefined;
  userSync: boolean | null = null;
  /** The tenant that the policy lets in, and as what it is named there. */
  userSyncOf: string | undefined;
  /** Reads show the partner object as it was then. */
  stale: { readonly partner: AccessOfOne['partner'] } | undefined;
  /** Writes as they were asked for, those that failed included: `createPartner`. */
  readonly writes: string[] = [];
  reads = 0;
  /** Called at each request, as what happens meanwhile. */
  during: (operation: Operation) => void = () => undefined;
  /** Called when a write has taken effect, before its answer arrives. */
  after: () => void = () => undefined;
  readonly #failures: { readonly operation: Operation; readonly error: Error; readonly tookEffect: boolean }[] = [];

  /** The next request of that kind fails; with `tookEffect` its answer is what was lost. */
  fail(operation: Operation, error: Error, tookEffect = false): void {
    this.#failures.push({ operation, error, tookEffect });
  }

  async #ask<R>(operation: Operation, effect: () => R): Promise<R> {
    await Promise.resolve();
    this.during(operation);
    const index = this.#failures.findIndex((failure) => failure.operation === operation);
    const [failure] = index < 0 ? [] : this.#failures.splice(index, 1);
    if (failure?.tookEffect === true) effect();
    if (failure !== undefined) throw failure.error;
    return effect();
  }

  #write(operation: keyof AccessSettings, options: CallOptions, effect: () => void): Promise<void> {
    return this.#ask(operation, () => {
      // As the adapter asks in the moment in which the request leaves.
      if (options.mayStart?.() === false) throw refusal('Unavailable', { reason: 'GraphUnavailable', status: 0 });
      this.writes.push(operation);
      effect();
      this.after();
    });
  }

  readonly partnerAccess = (): Promise<PartnerAccess> => {
    this.reads += 1;
    return this.#ask('partnerAccess', () => {
      const { partner } = this.stale ?? this;
      const consent = partner?.automaticUserConsentSettings ?? null;
      const trust = partner?.inboundTrust ?? null;
      return {
        configured: partner !== undefined,
        userSyncInboundAllowed: this.userSync,
        automaticConsent: { inboundAllowed: consent?.inboundAllowed === true, outboundAllowed: consent?.outboundAllowed === true },
        own: { automaticConsent: consent, inboundTrust: trust },
        b2bCollaborationInboundBlocked: false,
        b2bCollaborationOutboundBlocked: false,
        inboundTrust: {
          mfa: trust?.isMfaAccepted === true,
          compliantDevice: trust?.isCompliantDeviceAccepted === true,
          hybridJoinedDevice: trust?.isHybridAzureADJoinedDeviceAccepted === true,
        },
      };
    });
  };

  readonly settings: AccessSettings = {
    createPartner: (_, settings, options) => this.#write('createPartner', options, () => this.#make(settings)),
    updatePartner: (_, settings, options) =>
      this.#write('updatePartner', options, () => {
        if (this.partner === undefined) throw refusal('NotFound');
        this.partner = { ...this.partner, ...settings };
      }),
    createUserSync: (partner, name, options) =>
      this.#write('createUserSync', options, () => {
        if (this.userSync !== null) throw refusal('ObjectConflict');
        this.userSync = true;
        this.userSyncOf = `${partner} ${name}`;
      }),
  };

  #make(settings: PartnerSettings): void {
    if (this.partner !== undefined) throw refusal('ObjectConflict');
    this.partner = { ...settings };
  }
}

/** Two tenants that have set nothing towards each other, applications that may set it, and a pair that enforces what it needs. */
export class EnforcingTenants extends Tenants {
  readonly source = new AccessOfOne();
  readonly target = new AccessOfOne();

  constructor(crossTenantAccess: Partial<TenantPairSpec['crossTenantAccess']> = {}, options: SiteOptions = {}) {
    super({
      ...options,
      pair: {
        ...options.pair,
        crossTenantAccess: { managementPolicy: 'Enforce', withoutSyncPolicy: 'Refuse', withoutGroupPolicy: 'Refuse', ...crossTenantAccess },
      },
      directories: { accessSettings: ({ side }) => (side === 'source' ? this.source : this.target).settings, ...options.directories },
    });
    this.sourceAnswers = {
      grantedPermissions: () => Promise.resolve([...sourcePermissions, policyPermission]),
      partnerAccess: this.source.partnerAccess,
    };
    this.targetAnswers = {
      grantedPermissions: () => Promise.resolve([...targetPermissions, policyPermission]),
      partnerAccess: this.target.partnerAccess,
    };
  }

  /** Writes that were asked for: `target createPartner`. */
  get writes(): readonly string[] {
    return (['source', 'target'] as const).flatMap((side) => this[side].writes.map((write) => `${side} ${write}`));
  }

  /** Both sides are as the pair wants them, as if somebody had set it by hand. */
  settle(): void {
    this.source.partner = { automaticUserConsentSettings: { inboundAllowed: null, outboundAllowed: true } };
    this.target.partner = { automaticUserConsentSettings: { inboundAllowed: true, outboundAllowed: null } };
    this.target.userSync = true;
  }

  /** Checks as often as the pair asks for soon. */
  async checkUntilQuiet(): Promise<void> {
    for (let checks = 0; checks < 20; checks += 1) {
      const { requeueAfterMs } = await this.check();
      if (requeueAfterMs === undefined || requeueAfterMs > 10_000) return;
      await this.site.clock.advance(requeueAfterMs);
    }
    throw new Error('the pair never comes to rest');
  }

  /** What is told of settings, in the provisioning log: `success target partner none → configured`. */
  get told(): readonly string[] {
    return this.site.settingsTold.flatMap(({ status, tenantId, changes }) => {
      const side = tenantId === sourceTenantId ? 'source' : 'target';
      return changes.map(({ setting, from, to }) => `${status} ${side} ${setting} ${from} → ${to}`);
    });
  }

  /** Writes on record, without their times: `target partner,... told`. */
  get onRecord(): readonly string[] {
    return (this.pair.status.enforcement?.writes ?? []).map(({ side, changes, told, refused, attempts }) =>
      [
        side,
        changes.map(({ setting }) => setting).join(),
        `attempt ${attempts}`,
        ...(told ? ['told'] : []),
        ...(refused ? [refused] : []),
      ].join(' '),
    );
  }
}
