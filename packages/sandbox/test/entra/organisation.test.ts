import { fillOrganisation } from '../../entra/index.ts';
import { client, round, text, world } from './support.ts';

describe('An organisation', () => {
  it('is the same for the same seed, and another for another', () => {
    const names = (seed: number) => {
      const { source } = world();
      fillOrganisation(source, { people: 200, seed });
      return source.users().map((user) => user.properties);
    };
    expect(names(1)).toEqual(names(1));
    expect(names(1)).not.toEqual(names(2));
  });

  it('has a tree of managers, accents, apostrophes, gaps, disabled people, guests and nested groups', () => {
    const { source } = world();
    const { people, guests, groups } = fillOrganisation(source, { people: 1000, seed: 4 });
    const users = people.map((id) => source.user(id));
    const everything = JSON.stringify(users);
    expect(users[0]?.managerId).toBeNull();
    expect(users.slice(1).every((user) => user?.managerId != null)).toBe(true);
    expect(everything).toMatch(/[éüßłıç]/);
    expect(users.some((user) => text(user?.properties.userPrincipalName).includes("'"))).toBe(true);
    expect(users.filter((user) => user?.properties.accountEnabled === false).length).toBeGreaterThan(5);
    expect(users.some((user) => user?.properties.mail === undefined)).toBe(true);
    expect(guests).toHaveLength(20);
    expect(source.group(groups.Everyone ?? '')?.members.size).toBe(6);
    expect(users.every((user) => /^[A-Za-z0-9'.\-_!#^~]+@contoso\.com$/.test(text(user?.properties.userPrincipalName)))).toBe(true);
  });

  it('of 10,000 people is made, read and searched', async () => {
    const { entra, source, sourceApp } = world({ throttling: { enabled: false }, delta: { pageSize: { min: 999, max: 999 } } });
    fillOrganisation(source, { people: 10_000, seed: 4 });
    const graph = await client(entra, source, sourceApp);
    const { items } = await round(graph, '/users/delta?$select=displayName,mail,userPrincipalName,department,manager');
    let found = 0;
    for (const { properties } of source.users().slice(0, 2000)) {
      const name = text(properties.userPrincipalName).replaceAll("'", "''");
      const filter = encodeURIComponent(`mail eq '${name}' or userPrincipalName eq '${name}' or otherMails/any(x:x eq '${name}')`);
      const { body } = await graph.get(`/users?$filter=${filter}&$select=id`);
      found += (body.value as unknown[]).length;
    }
    expect(items).toHaveLength(10_200);
    expect(found).toBeGreaterThanOrEqual(2000);
  });
});
