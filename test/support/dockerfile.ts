import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

interface Instruction {
  readonly keyword: string;
  readonly text: string;
}

/** One stage of a Dockerfile, with the folder that stands for its file system. */
interface Stage {
  readonly base: string;
  readonly root: string;
  workdir: string;
  user: string | undefined;
  command: readonly string[] | undefined;
}

function instructions(text: string): readonly Instruction[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [keyword = '', ...rest] = line.split(' ');
      return { keyword, text: rest.join(' ').trim() };
    });
}

/** Whether .dockerignore lets a path into the build context: the last pattern that fits decides. */
function inContext(path: string, patterns: readonly string[]): boolean {
  let included = true;
  for (const pattern of patterns) {
    const name = pattern.replace(/^!/, '');
    if (name === '*' || path === name || path.startsWith(`${name}/`)) included = pattern.startsWith('!');
  }
  return included;
}

/**
 * Carries out a Dockerfile without containers: each stage is a folder, RUN runs in it, COPY copies from the context or another
 * stage. Knows the instructions that our Dockerfile uses and throws on any other. Base images are not there: commands run with the
 * Node of this process, and npm takes what it can from its cache.
 */
export class DockerfileRun {
  readonly #project: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tenantsync-image-'));
  readonly #stages = new Map<string, Stage>();
  #current: Stage | undefined;

  constructor(project: string) {
    this.#project = project;
  }

  /** The last stage. */
  get image(): Stage {
    if (!this.#current) throw new Error('nothing has been built');
    return this.#current;
  }

  /** Folder that stands for the working directory of the last stage. */
  get workdir(): string {
    return join(this.image.root, this.image.workdir);
  }

  build(): void {
    const context = this.#context();
    for (const { keyword, text } of instructions(readFileSync(join(this.#project, 'Dockerfile'), 'utf8'))) {
      if (keyword === 'FROM') this.#begin(text);
      else this.#execute(keyword, text, context);
    }
  }

  /** Runs the image's command with further arguments and returns what it prints. Throws when it fails. */
  run(args: readonly string[]): string {
    return execFileSync(process.execPath, [...(this.image.command ?? []), ...args], {
      cwd: this.workdir,
      env: {},
      encoding: 'utf8',
      stdio: 'pipe',
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The build context: what is or may be committed, less what .dockerignore keeps out. */
  #context(): string {
    const patterns = readFileSync(join(this.#project, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
      cwd: this.#project,
      encoding: 'utf8',
    });
    const context = join(this.#folder, 'context');
    for (const path of listed.split('\0').filter((name) => name !== '' && inContext(name, patterns))) {
      mkdirSync(dirname(join(context, path)), { recursive: true });
      cpSync(join(this.#project, path), join(context, path));
    }
    return context;
  }

  #begin(text: string): void {
    const [, base = '', name] = /^(?:--platform=\S+ )?(\S+)(?: AS (\S+))?$/.exec(text) ?? [];
    const root = join(this.#folder, `stage-${this.#stages.size}`);
    mkdirSync(root);
    this.#current = { base, root, workdir: '/', user: undefined, command: undefined };
    this.#stages.set(name ?? 'last', this.#current);
  }

  #execute(keyword: string, text: string, context: string): void {
    const stage = this.image;
    switch (keyword) {
      case 'WORKDIR':
        stage.workdir = text;
        mkdirSync(this.workdir, { recursive: true });
        return;
      case 'COPY':
        this.#copy(text, context);
        return;
      case 'RUN':
        execFileSync('sh', ['-c', text], {
          cwd: this.workdir,
          env: {
            ...process.env,
            PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
            npm_config_prefer_offline: 'true',
            NODE_COMPILE_CACHE: undefined,
          },
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        return;
      case 'USER':
        stage.user = text;
        return;
      case 'CMD':
        stage.command = JSON.parse(text) as string[];
        return;
      case 'ENV':
      case 'EXPOSE':
        return;
      default:
        throw new Error(`${keyword} is not known here`);
    }
  }

  #copy(text: string, context: string): void {
    const words = text.split(/\s+/);
    const from = words[0]?.startsWith('--from=') === true ? this.#stages.get(words.shift()?.slice('--from='.length) ?? '') : undefined;
    const target = words.pop() ?? '';
    for (const word of words) {
      const source = join(from ? from.root : context, word);
      cpSync(source, target.endsWith('/') ? join(this.workdir, target, basename(word)) : join(this.workdir, target), { recursive: true });
    }
  }
}
