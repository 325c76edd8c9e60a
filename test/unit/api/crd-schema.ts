import { crds } from '../../support/crds.ts';

/** A node of a CRD's schema. */
export interface SchemaNode {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly default?: unknown;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/** What the tests read of a CRD. */
export interface Crd {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: {
      readonly kind: string;
      readonly plural: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly subresources: object;
      readonly additionalPrinterColumns: readonly {
        readonly name: string;
        readonly type: string;
        readonly jsonPath: string;
        readonly priority?: number;
        readonly description?: string;
      }[];
      readonly selectableFields?: readonly { readonly jsonPath: string }[];
      readonly schema: { readonly openAPIV3Schema: SchemaNode };
    }[];
  };
}

/** The project's CRDs by kind. */
export const crdByKind: Readonly<Record<string, Crd>> = Object.fromEntries((crds() as Crd[]).map((crd) => [crd.spec.names.kind, crd]));

/** The only version of a kind. */
export function versionOf(kind: string): Crd['spec']['versions'][number] {
  const version = crdByKind[kind]?.spec.versions[0];
  if (!version) throw new Error(`no CRD of ${kind}`);
  return version;
}

/** Every node of a schema below `metadata`, with its path. */
export function nodesOf(node: SchemaNode, path = ''): readonly { readonly path: string; readonly node: SchemaNode }[] {
  const below = [
    ...Object.entries(node.properties ?? {})
      .filter(([name]) => !(path === '' && name === 'metadata'))
      .flatMap(([name, property]) => nodesOf(property, path === '' ? name : `${path}.${name}`)),
    ...(node.items ? nodesOf(node.items, `${path}[]`) : []),
    ...(node.additionalProperties ? nodesOf(node.additionalProperties, `${path}.*`) : []),
  ];
  return [{ path, node }, ...below];
}

/** Every node of every kind, for claims about all of them. */
export const allNodes = Object.keys(crdByKind).flatMap((kind) =>
  nodesOf(versionOf(kind).schema.openAPIV3Schema).map(({ path, node }) => ({ where: `${kind} ${path}`, node })),
);
