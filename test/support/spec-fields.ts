import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');
const generated = join(root, 'src/api/generated.ts');

/** A field of a spec: `SyncConfigurationSpec.scope.users.id`, its declaration in the generated types. */
export interface SpecField {
  readonly path: string;
  readonly declaration: ts.PropertySignature;
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(root, folder, name));
}

/** The product as the compiler sees it. */
export class Sources {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;

  constructor() {
    this.#program = ts.createProgram(sourcesIn('src'), {
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2024.d.ts'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      noEmit: true,
    });
    this.#checker = this.#program.getTypeChecker();
  }

  /** Every field of the specs that people write, nested ones too. */
  fields(interfaces: readonly string[]): readonly SpecField[] {
    const fields: SpecField[] = [];
    const collect = (node: ts.Node, path: string): void =>
      ts.forEachChild(node, (child) => {
        if (!ts.isPropertySignature(child)) {
          collect(child, path);
          return;
        }
        const name = `${path}.${child.name.getText()}`;
        fields.push({ path: name, declaration: child });
        collect(child, name);
      });
    this.#program.getSourceFile(generated)?.forEachChild((node) => {
      if (ts.isInterfaceDeclaration(node) && interfaces.includes(node.name.text)) collect(node, node.name.text);
    });
    return fields;
  }

  /** Paths of the files of the product that read each field through its generated type, from the root. */
  readers(): ReadonlyMap<ts.Declaration, ReadonlySet<string>> {
    const readers = new Map<ts.Declaration, Set<string>>();
    for (const file of this.#program.getSourceFiles()) {
      if (file.isDeclarationFile || file.fileName === generated) continue;
      const visit = (node: ts.Node): void => {
        for (const declaration of this.#read(node)) {
          const files = readers.get(declaration) ?? new Set<string>();
          readers.set(declaration, files.add(file.fileName.slice(root.length + 1)));
        }
        ts.forEachChild(node, visit);
      };
      visit(file);
    }
    return readers;
  }

  /** The declarations of the property that a node reads: `a.name`, `a['name']`, `{ name }` on the left of an equals sign. */
  #read(node: ts.Node): readonly ts.Declaration[] {
    if (ts.isPropertyAccessExpression(node)) return this.#checker.getSymbolAtLocation(node.name)?.declarations ?? [];
    if (ts.isElementAccessExpression(node)) return this.#checker.getSymbolAtLocation(node.argumentExpression)?.declarations ?? [];
    if (!ts.isBindingElement(node) || !ts.isObjectBindingPattern(node.parent)) return [];
    const name = node.propertyName ?? node.name;
    if (!ts.isIdentifier(name)) return [];
    return this.#checker.getPropertyOfType(this.#checker.getTypeAtLocation(node.parent), name.text)?.declarations ?? [];
  }
}

/** The names of the tests in a file, as they stand there. */
export function titlesIn(path: string): ReadonlySet<string> {
  const titles = new Set<string>();
  const visit = (node: ts.Node): void => {
    const [title] = ts.isCallExpression(node) ? node.arguments : [];
    if (title !== undefined && ts.isStringLiteralLike(title)) titles.add(title.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ES2024));
  return titles;
}
