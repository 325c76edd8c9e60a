import type { SyncConfigurationSpec } from '../../src/api/generated.ts';
import type { ExpressionNode } from '../../src/core/expression/ast.ts';
import { parseExpression } from '../../src/core/expression/parser.ts';
import { printExpression } from '../../src/core/expression/print.ts';
import { entraOperators } from '../../src/core/scope/operators.ts';
import {
  assignment,
  assignments,
  attribute,
  clause,
  constant,
  engineRows,
  expression,
  filterGroup,
  groupMapping,
  job,
  row,
  rule,
  schema,
  scope,
  secrets,
  userMapping,
  without,
  type Json,
  type Row,
} from './entra-job.ts';
import type { Exported, Imported } from './import-run.ts';

/** Entra's names of what Graph calls otherwise. */
const entraNames: Readonly<Record<string, string>> = {
  businessPhones: 'telephoneNumber',
  faxNumber: 'facsimileTelephoneNumber',
  id: 'objectId',
  mobilePhone: 'mobile',
  officeLocation: 'physicalDeliveryOfficeName',
  onPremisesSyncEnabled: 'dirSyncEnabled',
};

const entraName = (name: string): string => entraNames[name] ?? name;

/** The expression as Entra has it: its names, and one telephone number instead of a list. */
function entraNode(node: ExpressionNode): ExpressionNode {
  if (node.kind === 'attribute') return { ...node, name: entraName(node.name) };
  if (node.kind === 'comparison') return { ...node, left: entraNode(node.left), right: entraNode(node.right) };
  if (node.kind !== 'call') return node;
  const [first] = node.args;
  if (node.name === 'Item' && first?.kind === 'attribute' && first.name === 'businessPhones') return entraNode(first);
  return { ...node, args: node.args.map(entraNode) };
}

type Mapping = NonNullable<SyncConfigurationSpec['attributeMappings']>[number];

function rowOf({
  target,
  source,
  constant: fixed,
  expression: text,
  apply,
  authority,
  defaultValue,
}: Partial<Mapping> & { target: string }): Row {
  const flowType = apply === 'OnCreate' ? 'ObjectAddOnly' : authority === 'WhenEmpty' ? 'AttributeAddOnly' : 'Always';
  const more = { flowType, defaultValue: defaultValue ?? '' };
  const name = entraName(target);
  if (source !== undefined) return row(name, attribute(entraName(source)), more);
  if (text !== undefined) return row(name, expression(printExpression(entraNode(parseExpression(text)))), more);
  if (fixed === undefined) return row(name, null);
  return authority === 'WhenEmpty' ? row(name, null, { defaultValue: fixed }) : row(name, constant(fixed), more);
}

function addressRow({ address, addressExpression }: Partial<SyncConfigurationSpec['invitation']>): Row {
  const source =
    addressExpression === undefined ? attribute(address === 'Mail' ? 'mail' : 'userPrincipalName') : expression(addressExpression);
  return row('userPrincipalName', source);
}

function filterOf({ name, clauses }: NonNullable<SyncConfigurationSpec['scope']['filters']>[number]): Json {
  const texts = new Map([...entraOperators].map(([entra, ours]) => [ours, entra]));
  const made = clauses.map(({ attribute: of, operator, value }) =>
    clause(entraName(of), texts.get(operator) ?? '', ...(value === undefined ? [] : [value])),
  );
  return filterGroup(name, ...made);
}

/** The mapping of groups, which Entra's own engine carries out for every assigned group. */
function groupsOf(groups: NonNullable<SyncConfigurationSpec['groups']>): Json {
  const { displayNameExpression, mailNicknameExpression, deprovisioning } = groups;
  const named = (target: string, text: string | undefined): Row => row(target, text === undefined ? attribute(target) : expression(text));
  const rows = [
    named('displayName', displayNameExpression),
    named('mailNickname', mailNicknameExpression),
    row('members', attribute('members')),
  ];
  return groupMapping(rows, { flowTypes: deprovisioning === 'Retain' ? 'Add, Update' : 'Add, Update, Delete' });
}

const flags: Readonly<Record<string, string>> = { Create: 'Add', Update: 'Update', Delete: 'Delete' };

/** The job that a manifest says, as Entra would export it: the import of this is to give the manifest again. */
export function entraExport({ pair, spec }: Pick<Imported, 'pair' | 'spec'>): Exported {
  const { scope: who, attributeMappings = [], invitation, targetActions = [], deprovisioning, interval } = spec;
  const rows = [
    ...without(engineRows, 'userPrincipalName', ...(deprovisioning?.action === 'Retain' ? ['IsSoftDeleted'] : [])),
    addressRow(invitation ?? {}),
    ...attributeMappings.map(rowOf),
  ];
  const mapping = userMapping(rows, {
    flowTypes: targetActions.map((action) => flags[action]).join(', ') || 'None',
    scope: scope(...(who?.filters ?? []).map(filterOf)),
  });
  // What the API server fills in is not there yet.
  const threshold = (deprovisioning as Partial<SyncConfigurationSpec['deprovisioning']> | undefined)?.guard?.threshold;
  const principals = [
    ...(who?.users ?? []).map(({ id = '' }) => assignment('User', id, '')),
    ...(who?.groups ?? []).map(({ id = '' }) => assignment('Group', id, '')),
  ];
  return {
    schema: schema([rule(mapping, ...(spec.groups === undefined ? [] : [groupsOf(spec.groups)]))]),
    ...(interval === undefined ? {} : { job: job({ schedule: { interval: `PT${interval.toUpperCase()}`, state: 'Active' } }) }),
    secrets: secrets({
      CompanyId: pair.target?.tenantId ?? '',
      SyncAll: String(who?.type === 'All'),
      SyncNotificationSettings: JSON.stringify(
        threshold === undefined ? {} : { DeleteThresholdEnabled: true, DeleteThresholdValue: threshold },
      ),
    }),
    ...(principals.length === 0 ? {} : { assignments: assignments(...principals) }),
  };
}
