import { asObject } from '../state/policies.ts';
import type { Json, JsonObject, SandboxUser } from '../types.ts';

/** Names of the engine that are others in Graph. */
const graphNames: Readonly<Record<string, string>> = {
  physicalDeliveryOfficeName: 'officeLocation',
  telephoneNumber: 'businessPhones',
  mobile: 'mobilePhone',
  facsimileTelephoneNumber: 'faxNumber',
  objectId: 'id',
};

const numbered = /^extensionAttribute([1-9]|1[0-5])$/;

/** The value of an attribute of the source, in the engine's name for it. */
function attributeOf(user: SandboxUser, name: string): Json {
  if (numbered.test(name)) return asObject(user.properties.onPremisesExtensionAttributes)[name] ?? null;
  const value = user.properties[graphNames[name] ?? name] ?? null;
  return Array.isArray(value) && name === 'telephoneNumber' ? ((value as readonly Json[])[0] ?? null) : value;
}

const text = (value: Json): string => (value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));

function argumentsOf(source: JsonObject): readonly { readonly key: string; readonly value: JsonObject }[] {
  const parameters = Array.isArray(source.parameters) ? (source.parameters as readonly Json[]) : [];
  return parameters.map((each) => ({ key: text(asObject(each).key ?? null), value: asObject(asObject(each).value) }));
}

const functions: Readonly<Record<string, (values: readonly string[]) => string>> = {
  Append: ([value = '', suffix = '']) => `${value}${suffix}`,
  Join: ([separator = '', ...values]) => values.filter((value) => value !== '').join(separator),
  ToUpper: ([value = '']) => value.toUpperCase(),
};

/** The value of a mapping's source for a person. Throws for what this engine cannot do, so that no test relies on it. */
export function valueOf(source: JsonObject, user: SandboxUser): Json {
  const name = text(source.name ?? null);
  switch (source.type) {
    case 'Attribute':
      return attributeOf(user, name);
    case 'Constant':
      return name === 'true' ? true : name === 'false' ? false : name;
    default: {
      const apply = functions[name];
      if (apply === undefined) throw new Error(`The simulated engine has no function ${name}.`);
      return apply(argumentsOf(source).map(({ value }) => text(valueOf(value, user))));
    }
  }
}

/** Properties of the target account, in Graph's names, for a value in the engine's. */
export function written(target: string, value: Json): JsonObject {
  if (numbered.test(target)) return { onPremisesExtensionAttributes: { [target]: value } };
  return { [graphNames[target] ?? target]: target === 'telephoneNumber' ? [value] : value };
}

/** Whether a person passes the scoping filters: groups OR-ed, their clauses AND-ed. */
export function passes(scope: Json | undefined, user: SandboxUser): boolean {
  const groups = asObject(scope).groups;
  if (!Array.isArray(groups) || groups.length === 0) return true;
  return (groups as readonly Json[]).some((group) => {
    const { clauses } = asObject(group);
    return Array.isArray(clauses) && (clauses as readonly Json[]).every((clause) => holds(asObject(clause), user));
  });
}

function holds(clause: JsonObject, user: SandboxUser): boolean {
  const operand = text(clause.sourceOperandName ?? null);
  const values = asObject(clause.targetOperand).values;
  const wanted = Array.isArray(values) ? text((values as readonly Json[])[0] ?? null) : '';
  if (operand === 'alternativeSecurityIds') return user.invitedAddress === undefined;
  const value = attributeOf(user, operand);
  switch (clause.operatorName) {
    case 'EQUALS':
      return value !== null && text(value) === wanted;
    case 'NOT EQUALS':
      return value !== null && text(value) !== wanted;
    default:
      throw new Error(`The simulated engine has no operator ${text(clause.operatorName ?? null)}.`);
  }
}
