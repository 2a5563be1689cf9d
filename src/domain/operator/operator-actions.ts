import * as z from 'zod';
import type { PlatformDb } from '../../database/as-platform.ts';
import { newId } from '../../database/new-id.ts';
import type { Actor } from '../actor.ts';
import { email } from '../form/fields.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { hashPassword } from '../password/hash-password.ts';
import { checkPassword } from '../password/password.ts';
import { changeOperatorPassword, findOperatorCredentials } from './operator-session.ts';
import { recordPlatformEvent } from './record-platform-event.ts';

export const OPERATOR_PASSWORD_MIN_LENGTH = 15;

export const operatorSchema = z.object({ email: email() });

type SaveResult = { ok: true; operator: { id: string; email: string } } | RefusedValues;

export async function createOperator(
  db: PlatformDb,
  actor: Actor,
  { email }: z.infer<typeof operatorSchema>,
  password: string,
): Promise<SaveResult> {
  const hashed = await hashOperatorPassword(email, password);
  if (!hashed.ok) return hashed;
  const { password_hash } = hashed;
  const id = newId();
  const inserted = await db
    .from('platform_operators')
    .insert({ id, email, email_norm: email, password_hash })
    .onConflict('email_norm')
    .ignore()
    .returning('id');
  if (inserted.length === 0) return refuse({ field: 'email', code: 'operator_email_taken' });
  await recordPlatformEvent(db, actor, { event: 'operator.created', changes: { email: [null, email] } });
  return { ok: true, operator: { id, email } };
}

export async function resetOperatorPassword(
  db: PlatformDb,
  actor: Actor,
  { email }: z.infer<typeof operatorSchema>,
  password: string,
): Promise<SaveResult | undefined> {
  const hashed = await hashOperatorPassword(email, password);
  if (!hashed.ok) return hashed;
  const operator = await findOperatorCredentials(db, email);
  if (!operator) return undefined;
  await changeOperatorPassword(db, actor, operator.id, hashed.password_hash);
  return { ok: true, operator: { id: operator.id, email: operator.email } };
}

async function hashOperatorPassword(email: string, password: string) {
  const problem = await checkPassword(password, OPERATOR_PASSWORD_MIN_LENGTH, {
    user: [email],
    companies: [],
  });
  if (problem) return refuse({ field: 'password', ...problem });
  return { ok: true as const, password_hash: await hashPassword(password) };
}
