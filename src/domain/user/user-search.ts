import type { Knex } from 'knex';
import { idsContaining } from '../../database/substring-search.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { withFormerFolding } from '../text/former-folding.ts';
import { personTerm } from '../text/search-text.ts';

/** Returns the ids of customers and staff. */
export function findMatchingUserIds(db: TenantDb, q: string): Knex.Raw | undefined {
  const term = personTerm(q);
  if (term === '') return undefined;
  return withFormerFolding(db, {
    table: 'users',
    q,
    term,
    found: idsContaining(db, { table: 'users', term }),
  });
}
