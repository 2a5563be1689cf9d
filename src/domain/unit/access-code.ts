import type { TenantDb } from '../../database/tenant-db.ts';
import { found, NotFound } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { findSealedAccessCode } from './unit-queries.ts';

/** The encrypted code, for `unseal` with the id of the unit. @throws {NotFound} without a code */
export async function showAccessCode(db: TenantDb, actor: Actor, unitId: string): Promise<Buffer> {
  const { code, sealed_access_code } = found(await findSealedAccessCode(db, unitId));
  if (!sealed_access_code) throw new NotFound('The unit has no access code');
  recordAudit(db, actor, {
    event: 'access_code.shown',
    target: { type: 'unit', id: unitId, name: code },
  });
  return sealed_access_code;
}
