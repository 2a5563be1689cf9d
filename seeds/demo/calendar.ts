/** When things happened. The audit log has a partition for this month and no earlier one, so what it tells begins there. */
export interface Calendar {
  now: Date;
  /** When the portal opened its doors. */
  opened: Date;
  /** Three weeks ago, or the first of the month. */
  recent: Date;
}

const DAY = 24 * 60 * 60 * 1000;

export function calendarOf(now: Date): Calendar {
  const month = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
  const recent = new Date(Math.max(month, now.getTime() - 21 * DAY));
  return { now, recent, opened: new Date(now.getTime() - 420 * DAY) };
}

export function later(date: Date, days: number): Date {
  return new Date(date.getTime() + days * DAY);
}

export function latest(...dates: readonly Date[]): Date {
  return new Date(Math.max(...dates.map((date) => date.getTime())));
}

export function earliest(...dates: readonly Date[]): Date {
  return new Date(Math.min(...dates.map((date) => date.getTime())));
}

/** From when on they may log in: who was created a moment ago has had no time for more. */
export function settledSince(createdAt: Date, { recent, now }: Calendar): Date {
  return earliest(latest(later(createdAt, 0.03), recent), now);
}
