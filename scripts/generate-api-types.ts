import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { load } from 'js-yaml';

interface Schema {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
}

interface Crd {
  readonly spec: {
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

const key = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));

/** A field is always there when the schema requires or defaults it. */
function fields(schema: Schema, indent: string): string {
  return Object.entries(schema.properties ?? {})
    .map(([name, property]) => {
      const present = schema.required?.includes(name) === true || property.default !== undefined;
      return `${indent}/** ${property.description ?? ''} */\n${indent}readonly ${key(name)}${present ? '' : '?'}: ${type(property, indent)};\n`;
    })
    .join('');
}

function type(schema: Schema, indent: string): string {
  if (schema.enum) return schema.enum.map((value) => `'${value}'`).join(' | ');
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'boolean';
    case 'integer':
      return 'number';
    case 'array': {
      const item = type(schema.items ?? {}, indent);
      return item.includes('|') ? `readonly (${item})[]` : `readonly ${item}[]`;
    }
    case 'object':
      return schema.additionalProperties
        ? `Readonly<Record<string, ${type(schema.additionalProperties, indent)}>>`
        : `{\n${fields(schema, `${indent}  `)}${indent}}`;
    default:
      return 'AttributeValue';
  }
}

/** The text of src/api/generated.ts for the CRDs in `folder`. */
export function generateApiTypes(folder: string): string {
  const parts = [
    "// Generated from crds/ by `npm run generate`. Do not edit: change the CRD and generate again.\nimport type { AttributeValue } from './attributes.ts';\n",
  ];
  for (const file of readdirSync(folder).sort()) {
    const crd = load(readFileSync(`${folder}/${file}`, 'utf8')) as Crd;
    const schema = crd.spec.versions[0]?.schema.openAPIV3Schema;
    for (const part of ['spec', 'status'] as const) {
      const property = schema?.properties?.[part];
      if (!property) continue;
      const name = `${crd.spec.names.kind}${part === 'spec' ? 'Spec' : 'Status'}`;
      parts.push(`/** ${property.description ?? ''} */\nexport interface ${name} {\n${fields(property, '  ')}}\n`);
    }
  }
  return parts.join('\n');
}

if (import.meta.main) {
  const target = new URL('../src/api/generated.ts', import.meta.url);
  const text = generateApiTypes(new URL('../crds', import.meta.url).pathname);
  if (process.argv.includes('--check')) {
    if (readFileSync(target, 'utf8') !== text) {
      console.error('src/api/generated.ts differs from crds/: run `npm run generate`');
      process.exitCode = 1;
    }
  } else writeFileSync(target, text);
}
