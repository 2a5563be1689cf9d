import * as z from 'zod';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { paragraphs, withoutCardNumber } from '../form/fields.ts';
import { refuse } from '../form/parse-values.ts';
import { lockRecord, recordError, type RecordRef } from './record.ts';

const MAX_COMMENT = 2_000;

export const commentSchema = z.object({ comment: withoutCardNumber(paragraphs(MAX_COMMENT)) });

/** The comment is an event of the history, so that nothing changes or removes it later. @throws {NotFound} */
export async function addComment(
  db: TenantDb,
  actor: Actor,
  ref: RecordRef,
  { comment }: z.infer<typeof commentSchema>,
) {
  const target = await lockRecord(db, ref);
  const archived = recordError(target);
  if (archived) return refuse(archived);
  const event = ref.type === 'user' ? 'user.commented' : 'company.commented';
  recordAudit(db, actor, { event, target, changes: { comment } });
  return { ok: true as const };
}
