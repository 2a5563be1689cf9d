import type { CompanyStatus } from '../domain/company/company.ts';
import type { EmailState } from '../domain/email/email-queries.ts';
import type { GatewayEventState } from '../domain/gateway-event/gateway-event-list.ts';
import type { ImportState } from '../domain/import/import.ts';
import type { Rental } from '../domain/rental/rental-queries.ts';
import type { RequestStatus } from '../domain/request/request.ts';
import type { TaskState } from '../domain/task/task.ts';
import type { RentalStatus } from '../domain/unit/unit-status.ts';
import type { UnitStatus } from '../domain/unit/unit.ts';
import { isInvited, type Access } from '../domain/user/user.ts';

export interface Badge {
  text: string;
  /** `plain` is the normal state: text without a colour. */
  tone: 'warn' | 'bad' | 'info' | 'plain';
}

export const importBadges: Record<ImportState, Badge> = {
  uploaded: { text: 'Uploaded', tone: 'info' },
  checking: { text: 'Checking', tone: 'info' },
  checked: { text: 'Checked', tone: 'info' },
  importing: { text: 'Importing', tone: 'info' },
  imported: { text: 'Imported', tone: 'plain' },
  cancelled: { text: 'Cancelled', tone: 'warn' },
  failed: { text: 'Failed', tone: 'bad' },
  undoing: { text: 'Being undone', tone: 'info' },
  undone: { text: 'Undone', tone: 'plain' },
};

const accessBadges: Record<Access['access'], Badge> = {
  no_access: { text: 'No access', tone: 'plain' },
  invited: { text: 'Invited', tone: 'info' },
  opened: { text: 'Opened', tone: 'info' },
  bounced: { text: 'Bounced', tone: 'bad' },
  active: { text: 'Active', tone: 'plain' },
  revoked: { text: 'Revoked', tone: 'bad' },
};

/** Expired is not stored; it is derived from the expiry of the link. */
export function accessBadge({
  access,
  has_access_expired,
}: Pick<Access, 'access' | 'has_access_expired'>): Badge {
  return isInvited({ access }) && has_access_expired
    ? { text: 'Expired', tone: 'warn' }
    : accessBadges[access];
}

export const userStatusBadges: Record<'enabled' | 'disabled', Badge> = {
  enabled: { text: 'Enabled', tone: 'plain' },
  disabled: { text: 'Disabled', tone: 'bad' },
};

export const companyBadges: Record<CompanyStatus, Badge> = {
  pending: { text: 'Pending', tone: 'info' },
  active: { text: 'Active', tone: 'plain' },
  on_hold: { text: 'On hold', tone: 'warn' },
  blocked: { text: 'Blocked', tone: 'bad' },
  archived: { text: 'Archived', tone: 'plain' },
};

export const unitBadges: Record<UnitStatus, Badge> = {
  available: { text: 'Available', tone: 'plain' },
  reserved: { text: 'Reserved', tone: 'info' },
  occupied: { text: 'Occupied', tone: 'plain' },
  blocked: { text: 'Blocked', tone: 'warn' },
};

export const rentalBadges: Record<RentalStatus, Badge> = {
  reserved: { text: 'Reserved', tone: 'info' },
  active: { text: 'Active', tone: 'plain' },
  ended: { text: 'Ended', tone: 'plain' },
  cancelled: { text: 'Cancelled', tone: 'plain' },
};

export const gatewayEventBadges: Record<GatewayEventState, Badge> = {
  received: { text: 'Received', tone: 'info' },
  done: { text: 'Done', tone: 'plain' },
  ignored: { text: 'Ignored', tone: 'plain' },
  failed: { text: 'Failed', tone: 'bad' },
};

export const emailBadges: Record<EmailState, Badge> = {
  queued: { text: 'Queued', tone: 'info' },
  deferred: { text: 'Deferred', tone: 'warn' },
  accepted: { text: 'Accepted', tone: 'plain' },
  delivered: { text: 'Delivered', tone: 'plain' },
  bounced: { text: 'Bounced', tone: 'bad' },
  failed: { text: 'Failed', tone: 'bad' },
  suppressed: { text: 'Suppressed', tone: 'plain' },
  expired: { text: 'Expired', tone: 'warn' },
};

export const taskBadges: Record<TaskState, Badge> = {
  queued: { text: 'Waiting', tone: 'info' },
  running: { text: 'Running', tone: 'info' },
  done: { text: 'Done', tone: 'plain' },
  failed: { text: 'Failed', tone: 'bad' },
  cancelled: { text: 'Cancelled', tone: 'plain' },
};

export const requestBadges: Record<RequestStatus, Badge> = {
  requested: { text: 'Requested', tone: 'info' },
  approved: { text: 'Approved', tone: 'plain' },
  declined: { text: 'Declined', tone: 'bad' },
  withdrawn: { text: 'Withdrawn', tone: 'plain' },
  completed: { text: 'Completed', tone: 'plain' },
  cancelled: { text: 'Cancelled', tone: 'plain' },
};

type RentalState = Pick<Rental, 'status' | 'ends_on' | 'locked_out_at'>;

/** Notice and lock-out stand in place of `Active`, which both imply. */
export function badgesOfRental({ status, ends_on, locked_out_at }: RentalState): Badge[] {
  const flags: Badge[] = [
    ...(status === 'active' && ends_on !== null ? [{ text: 'Notice given', tone: 'warn' } as const] : []),
    ...(locked_out_at === null ? [] : [{ text: 'Locked out', tone: 'bad' } as const]),
  ];
  return status === 'active' && flags.length > 0 ? flags : [rentalBadges[status], ...flags];
}
