import { parseEmailAddress } from '../../src/domain/text/email-address.ts';
import { newReferralCode } from '../../src/domain/user/referral-code.ts';
import { userColumns } from '../../src/domain/user/user.ts';
import { found } from '../../src/errors.ts';
import { addDays, type Calendar } from './calendar.ts';
import type { DemoPerson, DemoState } from './people.ts';

const ACCESS: Record<DemoState, string> = {
  no_access: 'no_access',
  invited: 'invited',
  opened: 'opened',
  expired: 'invited',
  bounced: 'bounced',
  active: 'active',
  revoked: 'revoked',
  disabled: 'active',
  not_verified: 'active',
};

export function userRow(
  person: DemoPerson,
  passwordHash: string,
  { now }: Calendar,
): Record<string, unknown> {
  const { state, created_at, last_activity_at } = person;
  const hasPassword = ACCESS[state] === 'active';
  return {
    id: person.id,
    audience: person.audience,
    is_private_customer: person.is_private_customer,
    ...userColumns({ ...person, email: found(parseEmailAddress(person.email)) }),
    referral_code: person.audience === 'customer' ? newReferralCode() : null,
    locale: person.locale,
    status: state === 'disabled' ? 'disabled' : 'enabled',
    access: ACCESS[state],
    access_expires_at: accessExpiry(state, now, last_activity_at),
    email_verified_at: hasPassword && state !== 'not_verified' ? addDays(created_at, 0.01) : null,
    is_email_proven: hasPassword && state !== 'not_verified',
    password_hash: hasPassword ? passwordHash : null,
    password_changed_at: hasPassword ? created_at : null,
    last_login_at: hasPassword ? last_activity_at : null,
    created_at,
    updated_at: last_activity_at,
  };
}

function accessExpiry(state: DemoState, now: Date, touchedAt: Date): Date | null {
  if (state === 'invited' || state === 'opened') return addDays(now, 1 + (touchedAt.getTime() % 6));
  return state === 'expired' ? addDays(now, -1 - (touchedAt.getTime() % 9)) : null;
}
