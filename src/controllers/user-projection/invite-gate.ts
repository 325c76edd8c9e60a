import { directoryFailure } from '../../core/errors/directory-error.ts';
import type { Decision } from '../../core/lifecycle/decide.ts';
import { invitationGate, noteBlock, probe, type ProbeResult } from '../shared/invitations.ts';
import { create } from './create.ts';
import type { Outcome } from './outcome.ts';
import { Deferred } from '../shared/write-gate.ts';
import type { Work } from './work.ts';

type CreateDecision = Extract<Decision, { do: 'Create' }>;

/** The target refuses all invitations: the person waits, and nothing counts as an attempt. */
export const awaitInvitations: Outcome = {
  state: 'Pending',
  reason: 'InvitationsBlocked',
  action: 'other',
  status: 'skipped',
  warnings: [],
};

/** Creates the account, unless the target refuses all invitations; then one creation an hour asks whether it still does. */
export async function createThroughGate(work: Work, decision: CreateDecision): Promise<Outcome> {
  const { deps, pair, options } = work;
  switch (invitationGate(deps, work.target.tenantId)) {
    case 'Blocked':
      return awaitInvitations;
    case 'Open':
      return createOrNote(work, decision);
    case 'Probe':
      return probe(deps, pair, { ask: () => createOrNote(work, decision), resultOf: (error) => resultOf(work, error) }, options.signal);
  }
}

function resultOf({ steps }: Work, error: unknown): ProbeResult {
  if (steps.includes('EntryExportAdd')) return 'Accepted';
  return error instanceof Deferred || directoryFailure(error, 'Throttled') ? 'NotSent' : 'Sent';
}

async function createOrNote(work: Work, decision: CreateDecision): Promise<Outcome> {
  try {
    return await create(work, decision);
  } catch (error) {
    const failure = directoryFailure(error, 'InvitationsBlocked');
    if (failure === undefined) throw error;
    await noteBlock(work.deps, work.pair, failure, work.options.signal);
    return awaitInvitations;
  }
}
