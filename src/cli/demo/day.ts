import type { SandboxUser, Tenant } from '@tenantsync/sandbox/entra';
import { projectionName, type SyncConfiguration, type UserProjection } from '../../api/kinds.ts';
import { namespace, type Stage } from './stage.ts';
import { kubectlGet, table } from './tables.ts';

/** One step of the working day: what happens, what it should lead to, and what is shown. */
export interface Step {
  readonly title: string;
  readonly run: (day: Day) => Promise<void>;
  /** What the reader can try on a real cluster. */
  readonly tryIt: string;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const stepLimitMs = 30_000;

/** Helpers for the steps: doing things in the tenants, asking for cycles, waiting and showing. */
export class Day {
  readonly stage: Stage;
  readonly print: (text: string) => void;
  readonly notes = new Map<string, string>();

  constructor(stage: Stage, print: (text: string) => void) {
    this.stage = stage;
    this.print = print;
  }

  configuration(name: string): SyncConfiguration {
    return this.stage.kube.get({ kind: 'SyncConfiguration', name, namespace }) as unknown as SyncConfiguration;
  }

  projection(configuration: string, sourceId: string): UserProjection | undefined {
    return this.stage.kube.get({ kind: 'UserProjection', name: projectionName(configuration, sourceId), namespace }) as unknown as
      UserProjection | undefined;
  }

  /** The live account in `tenant` of a source user. */
  account(tenant: Tenant, configuration: string, sourceId: string): SandboxUser | undefined {
    const id = this.projection(configuration, sourceId)?.status.targetUser?.objectId;
    const user = id === undefined ? undefined : tenant.user(id);
    return user?.deletedAt === null ? user : undefined;
  }

  /** Waits until `done`; fails with what was expected. */
  async until(expected: string, done: () => boolean): Promise<void> {
    const end = Date.now() + stepLimitMs;
    while (!done()) {
      if (Date.now() > end) throw new Error(`expected, but did not happen: ${expected}`);
      await sleep(50);
    }
  }

  annotate(name: string, annotations: Readonly<Record<string, string>>): void {
    this.stage.kube.patch({ kind: 'SyncConfiguration', name, namespace }, { metadata: { annotations } });
  }

  /** Asks for a cycle and waits for its end. */
  async sync(name: string): Promise<void> {
    const token = new Date().toISOString();
    this.annotate(name, { 'tenantsync.dev/requested-at': token });
    await this.until(`the requested cycle of ${name}`, () => this.configuration(name).status.lastHandledReconcileAt === token);
  }

  /** Asks for cycles until what is expected has happened: the directory announces changes a moment after they are made. */
  async syncUntil(name: string, expected: string, done: () => boolean): Promise<void> {
    const end = Date.now() + stepLimitMs;
    do {
      await this.sync(name);
      for (let waited = 0; waited < 1500 && !done(); waited += 50) await sleep(50);
    } while (!done() && Date.now() < end);
    if (!done()) throw new Error(`expected, but did not happen: ${expected}`);
  }

  async showConfigurations(): Promise<void> {
    this.print(`$ kubectl get synccfg\n${await kubectlGet(this.stage.kube, namespace, 'syncconfigurations')}`);
  }

  async showProjection(configuration: string, sourceId: string): Promise<void> {
    const name = projectionName(configuration, sourceId);
    this.print(`$ kubectl get uproj ${name}\n${await kubectlGet(this.stage.kube, namespace, 'userprojections', { names: [name] })}`);
  }

  /** The account in the target, in a few of its properties. */
  showAccount(tenant: Tenant, id: string | undefined, properties: readonly string[]): void {
    const user = id === undefined ? undefined : tenant.user(id);
    const values = properties.map((name) => {
      const value = user?.properties[name];
      return value === undefined || value === null ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
    });
    this.print(
      `In ${tenant.displayName}:\n${table(['STATE', ...properties], [[user === undefined ? 'absent' : user.deletedAt === null ? 'live' : 'deleted', ...values]])}`,
    );
  }

  remember(key: string, value: string): void {
    this.notes.set(key, value);
  }

  recall(key: string): string {
    return this.notes.get(key) ?? '';
  }
}
