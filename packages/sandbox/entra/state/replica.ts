import type { Json, SandboxUser } from '../types.ts';
import { FieldIndex } from './field-index.ts';

/** Lengths at which prefixes are indexed: a search by prefix narrows down to those that share the longest of them. */
const prefixLengths = [96, 64, 48, 32, 16, 8, 4] as const;

/**
 * The users of a tenant as one part of the service sees them. Writes arrive in any order: an older picture never
 * replaces a newer one. Indexes are made when first asked for and hold live and soft-deleted users alike.
 */
export class Replica {
  #users = new Map<string, SandboxUser>();
  #purged = new Map<string, number>();
  #indexes = new Map<string, FieldIndex>();

  get(id: string): SandboxUser | undefined {
    return this.#users.get(id);
  }

  /** The user unless it is soft-deleted. */
  live(id: string): SandboxUser | undefined {
    const user = this.#users.get(id);
    return user?.deletedAt === null ? user : undefined;
  }

  /** Users, live and soft-deleted. */
  get size(): number {
    return this.#users.size;
  }

  all(): Iterable<SandboxUser> {
    return this.#users.values();
  }

  put(user: SandboxUser): void {
    const before = this.#users.get(user.id);
    if (before !== undefined ? before.version > user.version : (this.#purged.get(user.id) ?? 0) > user.version) return;
    this.#users.set(user.id, user);
    for (const index of this.#indexes.values()) index.update(before, user);
  }

  purge(id: string, version: number): void {
    const before = this.#users.get(id);
    this.#purged.set(id, version);
    if (before === undefined) return;
    this.#users.delete(id);
    for (const index of this.#indexes.values()) index.update(before, undefined);
  }

  /** Users whose property at `path` (one of its values, for collections) equals `value` without regard to case. */
  withValue(path: string, value: string): SandboxUser[] {
    return this.#lookup(`=${path}`, value.toLowerCase(), (user) => valuesAt(user, path));
  }

  /** Users that may have a value at `path` beginning with `prefix`; undefined when the prefix is too short to narrow anything down. */
  withPrefix(path: string, prefix: string): SandboxUser[] | undefined {
    const length = prefixLengths.find((each) => each <= prefix.length);
    if (length === undefined) return undefined;
    return this.#lookup(`${length}${path}`, prefix.slice(0, length).toLowerCase(), (user) =>
      valuesAt(user, path).map((value) => value.slice(0, length)),
    );
  }

  /** Users that have the address in mail, otherMails or proxyAddresses. */
  withAddress(address: string): SandboxUser[] {
    return this.#lookup('@', address.toLowerCase(), addressesOf);
  }

  /** Users whose manager has that id. */
  withManager(managerId: string): SandboxUser[] {
    return this.#lookup('manager', managerId, (user) => (user.managerId === null ? [] : [user.managerId]));
  }

  #lookup(name: string, key: string, keysOf: (user: SandboxUser) => readonly string[]): SandboxUser[] {
    let index = this.#indexes.get(name);
    if (index === undefined) {
      index = new FieldIndex(keysOf);
      for (const user of this.#users.values()) index.update(undefined, user);
      this.#indexes.set(name, index);
    }
    const found: SandboxUser[] = [];
    for (const id of index.get(key)) {
      const user = this.#users.get(id);
      if (user !== undefined) found.push(user);
    }
    return found;
  }
}

/** All addresses of a user in lower case, without the smtp: of proxies, each once. */
function addressesOf(user: SandboxUser): readonly string[] {
  const { mail, otherMails, proxyAddresses } = user.properties;
  const found = new Set<string>();
  if (typeof mail === 'string') found.add(mail.toLowerCase());
  for (const value of strings(otherMails)) found.add(value.toLowerCase());
  for (const value of strings(proxyAddresses)) found.add(value.replace(/^smtp:/i, '').toLowerCase());
  return [...found];
}

/** The strings in a collection, or none. */
export function strings(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

function valuesAt(user: SandboxUser, path: string): readonly string[] {
  if (path === 'id') return [user.id];
  let value: Json | undefined = user.properties;
  for (const step of path.split('/')) {
    value = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, Json>)[step] : undefined;
  }
  if (typeof value === 'string') return [value.toLowerCase()];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string').map((each) => each.toLowerCase()) : [];
}
