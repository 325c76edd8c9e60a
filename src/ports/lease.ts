/** Whether this process may write for a shard, answered synchronously from the lease it holds. */
export interface ShardOwnership {
  /** The shard that owns the target tenant. */
  shardOf(targetTenantId: string): number;
  /** True while the lease of that shard is held and not yet near its end. */
  holds(shard: number): boolean;
}
