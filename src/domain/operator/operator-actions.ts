import { z } from 'zod';
import type { PlatformDb } from '../../database/as-platform.ts';
import { newId } from '../../database/new-id.ts';
import type { Actor } from '../actor.ts';
import { email } from '../form/fields.ts';
import { parseForm, refuse, type RefusedForm } from '../form/parse-form.ts';
import { hashPassword } from '../password/hash-password.ts';
import { checkPassword } from '../password/password.ts';
import { changeOperatorPassword, findOperatorCredentials } from './operator-session.ts';
import { recordPlatformEvent } from './record-platform-event.ts';

export const OPERATOR_PASSWORD_MIN_LENGTH = 15;

const operatorForm = z.object({ email: email('Enter an email address') });

type SaveResult = { ok: true; operator: { id: string; email: string } } | RefusedForm;

export async function createOperator(
  db: PlatformDb,
  actor: Actor,
  input: unknown,
  password: string,
): Promise<SaveResult> {
  const checked = await parseOperator(input, password);
  if (!checked.ok) return checked;
  const { email, password_hash } = checked;
  const id = newId();
  const inserted = await db
    .from('platform_operators')
    .insert({ id, email, email_norm: email, password_hash })
    .onConflict('email_norm')
    .ignore()
    .returning('id');
  if (inserted.length === 0)
    return refuse(input, { email: { text: 'An operator with this email address exists already' } });
  await recordPlatformEvent(db, actor, { event: 'operator.created', changes: { email: [null, email] } });
  return { ok: true, operator: { id, email } };
}

export async function resetOperatorPassword(
  db: PlatformDb,
  actor: Actor,
  input: unknown,
  password: string,
): Promise<SaveResult | undefined> {
  const checked = await parseOperator(input, password);
  if (!checked.ok) return checked;
  const operator = await findOperatorCredentials(db, checked.email);
  if (!operator) return undefined;
  await changeOperatorPassword(db, actor, operator.id, checked.password_hash);
  return { ok: true, operator: { id: operator.id, email: operator.email } };
}

async function parseOperator(input: unknown, password: string) {
  const parsed = parseForm(operatorForm, input);
  if (!parsed.ok) return parsed;
  const { email } = parsed.values;
  const problem = checkPassword(password, OPERATOR_PASSWORD_MIN_LENGTH, [email]);
  if (problem) return refuse(input, { password: problem });
  return { ok: true as const, email, password_hash: await hashPassword(password) };
}
