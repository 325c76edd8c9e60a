import { HashChains } from '../../../src/kube/packed/hash-chains.ts';
import { hashOfText } from '../../../src/kube/packed/texts.ts';
import type { LedgerEntry } from './accounts.ts';

/** Person, account, content, source tenant and flags. */
const bytesOfEntry = 16 + 16 + 8 + 2 + 1;
const entriesOfChunk = 16_384;

/** A store of digests: some 43 bytes for each account and as much again for what finds it, outside of the heap. */
export class Ledger {
  readonly #chunks: Buffer[] = [];
  readonly #byPerson = new HashChains();
  readonly #tenants: string[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Takes an account in. Of two accounts of one person each has an entry: who reads them decides. */
  add(entry: LedgerEntry): void {
    const { bytes, offset } = this.#at(this.#size);
    bytes.write(entry.sourceObjectId.replaceAll('-', ''), offset, 'hex');
    bytes.write(entry.accountId.replaceAll('-', ''), offset + 16, 'hex');
    bytes.write(entry.applied, offset + 32, 'hex');
    bytes.writeUInt16LE(this.#tenant(entry.sourceTenantId), offset + 40);
    bytes.writeUInt8(entry.accountEnabled ? 1 : 0, offset + 42);
    this.#byPerson.add(hashOfText(entry.sourceObjectId, 0), this.#size);
    this.#size += 1;
  }

  /** All accounts whose anchors name the person. */
  of(sourceTenantId: string, sourceObjectId: string): readonly LedgerEntry[] {
    return this.#byPerson
      .get(hashOfText(sourceObjectId, 0))
      .map((number) => this.#read(number))
      .filter((entry) => entry.sourceTenantId === sourceTenantId && entry.sourceObjectId === sourceObjectId);
  }

  #read(number: number): LedgerEntry {
    const { bytes, offset } = this.#at(number);
    return {
      sourceObjectId: uuid(bytes.toString('hex', offset, offset + 16)),
      accountId: uuid(bytes.toString('hex', offset + 16, offset + 32)),
      applied: bytes.toString('hex', offset + 32, offset + 40),
      sourceTenantId: this.#tenants[bytes.readUInt16LE(offset + 40)] ?? '',
      accountEnabled: bytes.readUInt8(offset + 42) === 1,
    };
  }

  #at(number: number): { readonly bytes: Buffer; readonly offset: number } {
    const chunk = Math.floor(number / entriesOfChunk);
    const bytes = (this.#chunks[chunk] ??= Buffer.allocUnsafeSlow(entriesOfChunk * bytesOfEntry));
    return { bytes, offset: (number % entriesOfChunk) * bytesOfEntry };
  }

  #tenant(id: string): number {
    const known = this.#tenants.indexOf(id);
    return known === -1 ? this.#tenants.push(id) - 1 : known;
  }
}

const uuid = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
