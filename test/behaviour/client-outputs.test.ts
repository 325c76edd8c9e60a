import type { SandboxUser } from '@tenantsync/sandbox/entra';
import { runClientIn } from '../support/client-run.ts';
import { guests, hire, replicated } from '../support/scene.ts';
import { World } from '../support/world.ts';

const minute = 60_000;
let world: World;
let people: readonly SandboxUser[];
afterEach(() => world.end());

/** Ids, times, tokens, widths and the name of who asks differ from one server to another; which of them are the same does not. */
function readable(text: string): string {
  const ids = new Map<string, string>();
  const named = (id: string): string => {
    if (!ids.has(id)) ids.set(id, `<id ${ids.size + 1}>`);
    return ids.get(id) ?? '';
  };
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, named)
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
    .replace(/\b[0-9a-f]{10,}\b/g, '<hash>')
    .replace(/\b(\d+(\.\d+)?(ms|s|m|h|d))+\b/g, '<while>')
    .replace(/\b(system:)?admin \(/g, '<administrator> (')
    .replace(/(?<=\S) {2,}(?=\S)/g, '  ')
    .replace(/ +$/gm, '');
}

/** What a person at a terminal sees: the command, what it prints, what it notes beside it, and its exit status. */
async function shown(line: string, ...answers: readonly string[]): Promise<string> {
  const { status, out, notes } = await runClientIn(world, line.split(' '), answers);
  // How far the operator was when it was looked at says something about the server, not about the command.
  const lasting = notes.split('\n').filter((note) => note !== '' && !note.startsWith('Ready='));
  const parts = [`$ kubectl tenantsync ${line}`, out, ...lasting, `(exit status ${status})`];
  return `\n${readable(parts.join('\n'))}\n`;
}

/** Six people; one is not an internal member, one is outside the filter. */
async function company(): Promise<void> {
  world = new World();
  people = hire(world, 6);
  world.hub.updateUser(people[4]?.id ?? '', { department: 'Elsewhere' });
  world.hub.updateUser(people[5]?.id ?? '', { userType: 'Guest' });
  await replicated(world);
  await world.begin({
    scope: {
      type: 'All',
      filters: [{ name: 'here', clauses: [{ attribute: 'department', operator: 'NotEquals', value: 'Elsewhere' }] }],
    },
    deprovisioning: { guard: { threshold: 2, percent: 100 } },
  });
  await world.until('everybody is there', () => guests(world).length === 4);
  await world.run(minute);
}

/** Three of the four who are there have left, which is one more than the guard lets pass. */
async function leave(): Promise<void> {
  for (const { id } of people.slice(0, 3)) world.hub.softDelete(id);
  await replicated(world);
  await world.sync();
}

describe('F5 what an admin who is paged sees', () => {
  it('at a glance, where all is well and where something waits', async () => {
    await company();
    expect(await shown('status')).toMatchSnapshot();
    expect(await shown('tree')).toMatchSnapshot();
    await leave();
    expect(await shown('status')).toMatchSnapshot();
  });
});

describe('F5 what an auditor who asks who approved sees', () => {
  it('in the set that is shown before the question, in the decisions and in the history', async () => {
    await company();
    await leave();
    expect(await shown('approve staff', 'no')).toMatchSnapshot();
    expect(await shown('approve staff', 'yes')).toMatchSnapshot();
    expect(await shown('decisions')).toMatchSnapshot();
    // They have gone at one time.
    const history = (await shown('history --since 24h --action delete')).split('\n').sort();
    expect(history.join('\n')).toMatchSnapshot();
  });
});

describe('F5 what an engineer who asks why somebody is not there sees', () => {
  it('of people with a record and without one, before and after a change', async () => {
    await company();
    for (const name of ['PERSON0@contoso.com', 'person4@contoso.com', 'person5@contoso.com', 'nobody@contoso.com']) {
      expect(await shown(`who ${name}`)).toMatchSnapshot();
      expect(await shown(`explain ${name}`)).toMatchSnapshot();
    }
    world.hub.updateUser(people[0]?.id ?? '', { jobTitle: 'Engineer' });
    await replicated(world);
    expect(await shown('explain person0@contoso.com')).toMatchSnapshot();
    expect(await shown('provision staff person0@contoso.com')).toMatchSnapshot();
  });

  it('of a plan', async () => {
    await company();
    world.hub.updateUser(people[0]?.id ?? '', { jobTitle: 'Engineer' });
    world.hub.softDelete(people[1]?.id ?? '');
    await replicated(world);
    const { spec } = world.configuration();
    world.applyConfiguration({ ...spec, mode: 'Plan' });
    await world.nextCycle();
    await world.run(minute);
    expect(await shown('plan staff')).toMatchSnapshot();
  });
});
