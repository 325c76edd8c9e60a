import { personStanding, type PersonStanding } from '../../core/groups/membership.ts';
import { personKeyOf } from '../../core/projection/claims.ts';
import { isPreview } from '../../core/projection/preview.ts';
import { projectionIndexes, type Dependencies } from './dependencies.ts';

/** Where a person of one tenant stands in another, whichever configuration projects them. */
export function standingBetween(
  { projections }: Pick<Dependencies, 'projections'>,
  { source, target }: { readonly source: { readonly tenantId: string }; readonly target: { readonly tenantId: string } },
  person: string,
): PersonStanding {
  const key = personKeyOf(source.tenantId, person, target.tenantId);
  return personStanding(projections.lister.byIndex(projectionIndexes.person, key).filter((each) => !isPreview(each)));
}
