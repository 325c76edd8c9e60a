import { KubeError, type LinkStore, type Notes } from '../../src/ports/resources.ts';

/** Notes in memory, with the lock of the real ones. */
export class FakeNotes implements Notes {
  readonly texts = new Map<string, string>();
  #version = 0;
  /** Called before each write, as what happens meanwhile. */
  before: () => void = () => undefined;

  set(key: string, text: string): void {
    this.texts.set(key, text);
    this.#version += 1;
  }

  read(key: string): ReturnType<Notes['read']> {
    const text = this.texts.get(key);
    return Promise.resolve({ ...(text === undefined ? {} : { text }), ...(this.#version > 0 ? { version: String(this.#version) } : {}) });
  }

  async write(key: string, text: string, version: string | undefined): Promise<void> {
    await Promise.resolve();
    this.before();
    if (version !== (this.#version > 0 ? String(this.#version) : undefined)) throw new KubeError('Conflict', 'the notes have changed');
    this.set(key, text);
  }
}

/** Links in memory. */
export class FakeLinks implements LinkStore {
  readonly texts = new Map<string, string>();
  /** Called before each call, as what goes wrong. */
  before: (verb: 'read' | 'write' | 'forget') => void = () => undefined;

  async read(key: string): Promise<string | undefined> {
    await Promise.resolve();
    this.before('read');
    return this.texts.get(key);
  }

  async write(key: string, text: string): Promise<void> {
    await Promise.resolve();
    this.before('write');
    this.texts.set(key, text);
  }

  async forget(key: string): Promise<void> {
    await Promise.resolve();
    this.before('forget');
    this.texts.delete(key);
  }
}
