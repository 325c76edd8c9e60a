import fc from 'fast-check';
import { chooseApplication, type Standing } from '../../../../src/core/pool/choose.ts';

const app = (clientId: string, readyAt = 0) => ({ clientId, readyAt });
const people = Array.from({ length: 300 }, (_, index) => `person-${index}`);
const chosen = (clientIds: readonly string[], person: string): string | undefined =>
  chooseApplication(
    clientIds.map((clientId) => app(clientId)),
    person,
  )?.clientId;

describe('G5 the application for a piece of work', () => {
  it('is one that is ready first, whoever the person is', () => {
    const standings = fc.array(fc.record({ clientId: fc.uuid(), readyAt: fc.integer({ min: 0, max: 3 }) }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(standings, fc.option(fc.string(), { nil: undefined }), (applications, person) => {
        const first = Math.min(...applications.map(({ readyAt }) => readyAt));
        expect(chooseApplication(applications, person)?.readyAt).toBe(first);
      }),
    );
  });

  it('is a favourite of the person, in whatever order and letters the list is', () => {
    for (const person of people.slice(0, 20)) expect(chosen(['C', 'b', 'a'], person)?.toLowerCase()).toBe(chosen(['a', 'b', 'c'], person));
  });

  it('is each of them for about as many people', () => {
    const counts = Map.groupBy(people, (person) => chosen(['a', 'b', 'c'], person));
    for (const { length } of counts.values()) expect(length).toBeGreaterThan(70);
    expect(counts.size).toBe(3);
  });

  it('changes only for those who favour an application that comes or goes', () => {
    for (const person of people) {
      const before = chosen(['a', 'b', 'c'], person);
      const after = chosen(['a', 'b'], person);
      expect(after === before || before === 'c').toBe(true);
    }
  });

  it('is the first of the list where the work is for nobody, and none where there is none', () => {
    expect(chooseApplication([app('b', 1), app('c'), app('a')], undefined)).toEqual(app('c'));
    expect(chooseApplication<Standing>([], 'person')).toBeUndefined();
  });
});
