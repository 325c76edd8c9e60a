/** A rule of `x-kubernetes-validations`. */
export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

/** The parts of an `openAPIV3Schema` that the server acts on. */
export interface SchemaProps {
  type?: string;
  description?: string;
  properties?: Record<string, SchemaProps>;
  items?: SchemaProps;
  additionalProperties?: boolean | SchemaProps;
  required?: string[];
  enum?: unknown[];
  format?: string;
  nullable?: boolean;
  default?: unknown;
  allOf?: SchemaProps[];
  anyOf?: SchemaProps[];
  oneOf?: SchemaProps[];
  not?: SchemaProps;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-validations'?: ValidationRule[];
  [keyword: string]: unknown;
}

/** The schema of the values of a map. */
export function valueSchema(schema: SchemaProps): SchemaProps | undefined {
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** `base.name`, or the name alone at the root. */
export function childPath(base: string, name: string): string {
  return base === '' ? name : `${base}.${name}`;
}
