/** Audit events begin at `recentSince`, because months before this one have no partition. */
export interface Calendar {
  now: Date;
  tenantCreatedAt: Date;
  recentSince: Date;
}

const DAY = 24 * 60 * 60 * 1000;

export function createCalendar(now: Date): Calendar {
  const month = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
  const recentSince = new Date(Math.max(month, now.getTime() - 21 * DAY));
  return { now, recentSince, tenantCreatedAt: new Date(now.getTime() - 420 * DAY) };
}

export function addDays(date: Date, days: number): Date {
  return new Date(date.getTime() + days * DAY);
}

export function latest(...dates: readonly Date[]): Date {
  return new Date(Math.max(...dates.map((date) => date.getTime())));
}

export function earliest(...dates: readonly Date[]): Date {
  return new Date(Math.min(...dates.map((date) => date.getTime())));
}

export function earliestLogin(createdAt: Date, { recentSince, now }: Calendar): Date {
  return earliest(latest(addDays(createdAt, 0.03), recentSince), now);
}
