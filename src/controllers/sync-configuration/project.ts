import type { UserProjection } from '../../api/kinds.ts';
import type { DirectoryUser } from '../../api/directory-user.ts';
import { timestamp } from '../../core/duration.ts';
import { hashOf } from '../../core/hash.ts';
import { evaluateUser as evaluateOne, type Evaluation } from '../../core/evaluation/evaluate-user.ts';
import { creationKept, proposesCreation, type CreationPolicy } from '../../core/guard/creations.ts';
import { mayBlock, mayCreate, type Permitted } from '../../core/lifecycle/permitted.ts';
import { createdUserType } from '../../core/limits/limits.ts';
import type { Moment } from '../../core/mapping/evaluate.ts';
import { hasAccount } from '../../core/projection/account.ts';
import { formerAddressesKept } from '../../core/projection/former-addresses.ts';
import { believedSpec, isUntampered, sealSpec, trustedSpec, type UnsealedSpec } from '../../core/projection/sealed-spec.ts';
import { contentRevision } from '../../core/projection/desired.ts';
import { contentOf, type DesiredContent } from '../../core/projection/standing.ts';
import {
  conversionKept,
  convert,
  keepRejected,
  leaveAsIs,
  present,
  presentUnblocked,
  presentWithSignInUndecided,
  proposesBlock,
  proposesConversion,
  stageBlock,
  wouldBlock,
  type Judgement,
} from '../../core/projection/transitions.ts';
import { rememberUnconfirmed, type CycleRun } from './cycle-run.ts';
import { decidedOn } from './decided-on.ts';
import type { ProposedConversion, SignIn } from './findings.ts';
import { Packed } from './packed.ts';
import {
  createProjection,
  isGoing,
  ownRecord,
  projectionOf,
  putOff,
  unlessRefused,
  withdraw,
  writePreview,
  writeProjection,
} from './records.ts';

/** The values of a user in one form, whoever told them: an empty list of a direct read is nothing to a delta. */
function readAlike(attributes: DirectoryUser['attributes']): DirectoryUser['attributes'] {
  const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, isEmpty(value) ? null : value]));
}

/** Hash of what a removal or block of a user rests on: while it stays the same, a rejection stands. */
export function evidenceOf(run: CycleRun, what: string, user: DirectoryUser | undefined): string {
  return hashOf([what, run.configuration.spec.scope, user === undefined ? null : [readAlike(user.attributes), user.managerId ?? null]]);
}

/** The part of a cycle that an evaluation needs, so that users can be evaluated outside of its rounds too. */
export type EvaluationContext = Pick<CycleRun, 'deps' | 'configuration' | 'live' | 'pair' | 'mappings' | 'filter' | 'kind' | 'memberships'>;

/** What should become of a source user as just read. */
export function evaluate(run: EvaluationContext, user: DirectoryUser, existing: UserProjection | undefined): Evaluation {
  const previews = run.configuration.spec.previewOf !== undefined;
  // Every cycle of a preview reads everybody: what time an expression sees must not move with each of them.
  const evaluated = previews ? ownRecord(run, user.id) : existing;
  return evaluateOne({
    configuration: { name: run.configuration.metadata.name, spec: run.configuration.spec },
    pair: { sourceTenantId: run.pair.spec.source.tenantId, targetTenantId: run.pair.spec.target.tenantId },
    user,
    assigned: run.configuration.spec.scope.type === 'All' || run.memberships.isAssigned(user.id),
    filter: run.filter,
    mappings: run.mappings,
    moment: momentOf(run),
    existing: evaluated && isUntampered(evaluated.spec) ? evaluated.spec : undefined,
    anew: run.kind !== 'Incremental' && !previews,
  });
}

/** Who told of a user: a delta, which is never older than what it told before, or a direct read, which may be. */
export type Teller = 'Delta' | 'DirectRead';

/** Decides about one source user as just read: projects who is in scope at once, and collects what has to pass the guard. */
export async function evaluateUser(run: CycleRun, user: DirectoryUser, teller: Teller): Promise<void> {
  const existing = projectionOf(run, user.id);
  const evaluation = evaluate(run, user, existing);
  run.findings.unskip(user.id);
  run.findings.countDecided();
  switch (evaluation.type) {
    case 'Unclear':
      // An account of this person, and the record, stay as they are.
      run.findings.seeInScope(user.id);
      run.findings.skip(user.id, evaluation.reason);
      return withdraw(run, user.id);
    case 'Leaving':
      if (existing) run.findings.proposeRemoval(existing.metadata.name);
      else run.findings.skip(user.id, evaluation.skipped);
      return;
    case 'Present':
    case 'Ignored':
      run.findings.seeInScope(user.id);
      if (run.findings.announcedGone.has(user.id)) rememberUnconfirmed(run, user.id);
      // An announced change counts more than a read that may be behind it: nothing is decided yet.
      if (run.findings.unconfirmed.has(user.id)) return;
      if (teller === 'DirectRead') noteContradiction(run, existing, evaluation);
      return projectEvaluation(run, user, existing, evaluation);
  }
}

/** Projects a user of whom a direct read says that they are in scope; of anybody else nothing is decided here. */
export async function projectReading(run: CycleRun, user: DirectoryUser, existing: UserProjection | undefined): Promise<void> {
  const evaluation = evaluate(run, user, existing);
  if (evaluation.type !== 'Present' && evaluation.type !== 'Ignored') return;
  noteContradiction(run, existing, evaluation);
  await projectEvaluation(run, user, existing, evaluation);
}

/** A direct read that says something else than a record may be behind the delta that the record follows: the person is read once more. */
function noteContradiction(run: CycleRun, existing: UserProjection | undefined, evaluation: Evaluation): void {
  if (!existing || evaluation.type !== 'Present' || run.configuration.spec.previewOf !== undefined) return;
  const says = (desired: DesiredContent): string => hashOf([contentRevision(desired), desired.attributes?.accountEnabled]);
  if (says(evaluation.desired) === says(contentOf(existing.spec))) return;
  run.deps.confirmations.follow(run.configurationKey, existing.spec.source.objectId, run.deps.clock.monotonic());
}

function momentOf(run: Pick<CycleRun, 'deps' | 'pair'>): Moment {
  const defaultDomain = run.pair.status.source?.defaultDomain;
  return { now: run.deps.clock.now(), ...(defaultDomain === undefined ? {} : { defaultDomain }) };
}

/** Projects a user who is in scope. A change of accountEnabled to false on a live account is proposed, not written. */
async function projectEvaluation(
  run: CycleRun,
  user: DirectoryUser,
  existing: UserProjection | undefined,
  evaluation: Extract<Evaluation, { type: 'Present' | 'Ignored' }>,
): Promise<void> {
  if (existing && isGoing(existing) && run.configuration.spec.previewOf === undefined) {
    putOff(run, user.id);
    return;
  }
  if (evaluation.type === 'Ignored') return leaveUser(run, user, existing);
  if (!existing) {
    const spec = present(undefined, evaluation.desired);
    if (run.configuration.spec.previewOf !== undefined) return writePreview(run, spec);
    const unheardOf = await unlessRefused(run, spec, () => createProjection(run, sealSpec(spec)));
    if (!unheardOf) return;
    // The spec was decided without this record: it may hold a block that has to pass the guard, or undo an earlier decision.
    if (hasAccount(unheardOf)) run.findings.hearOfAccount(unheardOf);
    return projectReading(run, user, unheardOf);
  }
  const former = trustedSpec(existing.spec);
  const record = { spec: believedSpec(existing.spec), status: existing.status };
  const permitted = permittedIn(run);
  const creations = creationsIn(run, evaluation.desired);
  const evidence = (): string => evidenceOf(run, 'Create', user);
  const kept = {
    ...creationKept(record, creations, evidence),
    ...formerAddressesKept(record, evaluation.desired, timestamp(run.deps.clock.now())),
    ...conversionKept(record, evaluation.desired, permitted, () => evidenceOf(run, 'Convert', user)),
  };
  const desired: DesiredContent = { ...evaluation.desired, ...kept };
  // A block that the configuration itself may carry out already is none that a preview of it would have judged.
  const judged = run.configuration.spec.previewOf === undefined ? desired : { ...desired, mode: former.mode };
  const block = { may: mayBlock(permitted, record), would: wouldBlock(record, desired) };
  const signIn = signInOf(evaluation, block, () => evidenceOf(run, 'Block', user));
  if (signIn.type === 'MayBlock' && proposesBlock(record, judged)) return proposeBlock(run, user, existing, desired);
  if (proposesConversion(record, desired, permitted)) {
    const evidence = evidenceOf(run, 'Convert', user);
    run.findings.proposeConversion({ ...decidedOn(existing), desired: new Packed(desired), evidence, signIn });
    return;
  }
  const spec = standingSpec(former, desired, signIn);
  const plans = run.configuration.spec.mode === 'Plan';
  if (plans || !proposesCreation(existing, creations)) return writeProjection(run, existing, spec);
  run.findings.proposeCreation({ ...decidedOn(existing), spec: new Packed(spec), evidence: evidence() });
}

function signInOf(
  evaluation: Extract<Evaluation, { type: 'Present' }>,
  block: { readonly may: boolean; readonly would: boolean },
  evidence: () => string,
): SignIn {
  if (evaluation.signIn === 'Undecided') return { type: 'Undecided' };
  if (!block.would) return { type: 'Stays' };
  return block.may ? { type: 'MayBlock' } : { type: 'MayNotBlock', evidence: evidence() };
}

/** The record of somebody who is in scope, with what becomes of sign-in. */
function standingSpec(former: UnsealedSpec, wanted: DesiredContent, signIn: SignIn): UnsealedSpec {
  if (signIn.type === 'Undecided') return presentWithSignInUndecided(former, wanted);
  return signIn.type === 'MayNotBlock' ? presentUnblocked(former, wanted, () => signIn.evidence) : present(former, wanted);
}

/** The record of somebody whose account is to be converted, as the guard judged it. */
export function convertedSpec(
  spec: UserProjection['spec'],
  { desired, evidence, signIn }: ProposedConversion,
  judgement: Judgement,
): UnsealedSpec {
  return standingSpec(trustedSpec(spec), convert(desired.read(), evidence, judgement), signIn);
}

/** What may be done to accounts by the configuration of a run and the limits of its pair. */
export function permittedIn({ configuration, pair, mappings }: Pick<CycleRun, 'configuration' | 'pair' | 'mappings'>): Permitted {
  const { targetActions } = configuration.spec;
  return { targetActions, limits: pair.spec.limits, signIn: mappings.authorityOf('accountEnabled') };
}

/** What limits the creation of a person's account. */
export function creationsIn(run: CycleRun, desired: Pick<DesiredContent, 'onCreate' | 'attributes'>): CreationPolicy {
  const limit = run.configuration.spec.deprovisioning.guard.creations;
  return { limit, permitted: mayCreate(permittedIn(run), createdUserType(desired)) };
}

/** A block that was rejected or staged before stays so; a new one is collected for the guard. */
async function proposeBlock(run: CycleRun, user: DirectoryUser, existing: UserProjection, desired: DesiredContent): Promise<void> {
  const former = trustedSpec(existing.spec);
  const evidence = evidenceOf(run, 'Block', user);
  if (former.rejected === true && former.evidence === evidence)
    return writeProjection(run, existing, keepRejected(former, desired, evidence));
  if (former.blockStaged === true && former.mode === desired.mode)
    return writeProjection(run, existing, stageBlock(former, desired, evidence));
  run.findings.proposeBlock({ ...decidedOn(existing), desired: new Packed(desired), evidence });
}

/** An expression says that the user is to be left as they are. */
async function leaveUser(run: CycleRun, user: DirectoryUser, existing: UserProjection | undefined): Promise<void> {
  run.findings.skip(user.id, 'IgnoredByMapping');
  const spec = existing && leaveAsIs(existing, run.configuration.spec.mode, { enabled: user.accountEnabled !== false });
  if (existing && spec) await writeProjection(run, existing, spec);
  else await withdraw(run, user.id);
}
