import fc from 'fast-check';
import { agreesWith, anchorOwner, formatAnchor, parseAnchor, type AnchorOwner } from '../../../../src/core/matching/anchor.ts';
import { sourceObjectId, sourceTenantId } from '../support.ts';

const person = { sourceTenantId, sourceObjectId };
const other = '44444444-4444-4444-8444-444444444444';
const older = formatAnchor(person);
const ours = formatAnchor({ ...person, installation: 'west' });
const theirs = formatAnchor({ ...person, installation: 'east' });

describe('I15 whose account an anchor says it is', () => {
  it.each<[string, unknown, AnchorOwner]>([
    ['none', undefined, 'None'],
    ['null', null, 'None'],
    ['text of somebody else', 'cost centre 4711', 'None'],
    ['text that only begins like one', `${ours}:and:more`, 'None'],
    ['a list', [ours], 'None'],
    ['this installation', ours, 'Mine'],
    ['this installation, deleted by us', formatAnchor({ ...person, installation: 'west', deletedAt: 5 }), 'Mine'],
    ['no installation, as it was written once', older, 'Mine'],
    ['another installation', theirs, 'OtherInstallation'],
    ['another installation, deleted by it', formatAnchor({ ...person, installation: 'east', deletedAt: 5 }), 'OtherInstallation'],
    ['an installation whose name begins like ours', formatAnchor({ ...person, installation: 'west-2' }), 'OtherInstallation'],
    ['another person', formatAnchor({ ...person, sourceObjectId: other, installation: 'west' }), 'OtherPerson'],
    ['the same object id in another tenant', formatAnchor({ ...person, sourceTenantId: other, installation: 'west' }), 'OtherPerson'],
    ['another person of another installation', formatAnchor({ ...person, sourceObjectId: other, installation: 'east' }), 'OtherPerson'],
  ])('%s', (_, value, owner) => {
    expect(anchorOwner(value, { tenantId: sourceTenantId, objectId: sourceObjectId }, 'west')).toBe(owner);
    expect(anchorOwner(value, { tenantId: sourceTenantId.toUpperCase(), objectId: sourceObjectId.toUpperCase() }, 'west')).toBe(owner);
  });
});

describe('whether an account says what its anchor should say', () => {
  const mark = { attribute: 'extensionAttribute15', value: ours };
  const deleted = formatAnchor({ ...person, installation: 'west', deletedAt: 5 });
  const adopted = formatAnchor({ ...person, installation: 'west', adopted: true });

  it.each<[string, unknown, string, 'Yes' | 'OlderForm' | 'No']>([
    ['the same', ours, ours, 'Yes'],
    ['the same without the installation', older, ours, 'OlderForm'],
    ['the same deletion without the installation', formatAnchor({ ...person, deletedAt: 5 }), deleted, 'OlderForm'],
    ['that the account was adopted, and so it says', adopted, adopted, 'Yes'],
    ['that the account was adopted, which it does not say yet', ours, adopted, 'OlderForm'],
    ['that the account was adopted, without the installation', older, adopted, 'OlderForm'],
    ['nothing of an adoption, which the account tells of', adopted, ours, 'Yes'],
    ['a deletion of an account that tells of its adoption', adopted, deleted, 'No'],
    ['another installation that adopted it', formatAnchor({ ...person, installation: 'east', adopted: true }), adopted, 'No'],
    ['another installation', theirs, ours, 'No'],
    ['a deletion', deleted, ours, 'No'],
    ['a deletion without the installation', formatAnchor({ ...person, deletedAt: 5 }), ours, 'No'],
    ['no deletion where there should be one', older, deleted, 'No'],
    ['another person without the installation', formatAnchor({ ...person, sourceObjectId: other }), ours, 'No'],
    ['nothing', null, ours, 'No'],
    ['foreign text', 'x', ours, 'No'],
    ['foreign text where foreign text is wanted', 'x', 'y', 'No'],
  ])('%s', (_, value, wanted, expected) => expect(agreesWith(value, { ...mark, value: wanted })).toBe(expected));
});

describe('the text of an anchor', () => {
  const anchors = fc.record(
    {
      sourceTenantId: fc.uuid(),
      sourceObjectId: fc.uuid(),
      installation: fc.stringMatching(/^[a-z0-9-]{1,32}$/),
      adopted: fc.constant(true as const),
      deletedAt: fc.nat(),
    },
    { requiredKeys: ['sourceTenantId', 'sourceObjectId'] },
  );

  it('is read as it was written', () => {
    fc.assert(fc.property(anchors, (anchor) => expect(parseAnchor(formatAnchor(anchor))).toEqual(anchor)));
  });

  it('is no anchor with anything before, behind or in it', () => {
    fc.assert(
      fc.property(anchors, fc.constantFrom(' ', 'x', ':', '\n'), (anchor, more) => {
        const text = formatAnchor(anchor);
        const odd = [`${more}${text}`, text.replace('tenantsync:1', `tenantsync:1${more}`), `${text}${more === 'x' ? ' x' : more}`];
        expect(odd.map(parseAnchor)).toEqual([undefined, undefined, undefined]);
      }),
    );
  });
});
