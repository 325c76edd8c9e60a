import { Cycles, key } from '../cycles.ts';
import { People } from '../people.ts';

describe('I4 a direct read that is behind the delta', () => {
  let people: People;
  let world: Cycles;
  const title = (): unknown => world.record('u0').spec.attributes?.jobTitle;
  const read = (): boolean => people.asked.some((request) => request.startsWith('getUsers') && request.includes('u0'));

  /** A delta has told of a new title, and the next cycle decides about the person by a read that still shows the former one. */
  async function outrun(): Promise<void> {
    people = new People('u0', 'u1');
    people.add('u0', { jobTitle: 'Clerk' });
    world = new Cycles(people);
    await world.begin();
    const before = people.users.get('u0');
    people.add('u0', { jobTitle: 'Chief' });
    await world.next();
    expect(title()).toBe('Chief');
    people.stale.set('u0', before);
    world.site.deps.confirmations.reconsider(key, 'u0');
    await world.next();
    expect(title()).toBe('Clerk');
  }

  it('is made again in later cycles, so that the change is not lost', async () => {
    await outrun();
    people.stale.delete('u0');
    await world.next();
    expect(title()).toBe('Chief');
  });

  it('is made again for as long as it may be behind, and then no more', async () => {
    await outrun();
    people.stale.delete('u0');
    for (let cycles = 0; cycles < 3; cycles += 1) await world.next();
    people.asked.length = 0;
    await world.next();
    expect(read()).toBe(false);
  });

  it('that says the same as the record is made once', async () => {
    people = new People('u0', 'u1');
    world = new Cycles(people);
    await world.begin();
    world.site.deps.confirmations.reconsider(key, 'u0');
    await world.next();
    expect(read()).toBe(true);
    people.asked.length = 0;
    await world.next();
    expect(read()).toBe(false);
  });
});
