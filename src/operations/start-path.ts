import type { Request } from 'express';

/** Of the dashboard: one of them is enough. */
export const dashboardPermissions = ['invoices.view', 'rentals.view'] as const;

/** The first page after the login. */
export function startPath({ user, actor }: Pick<Request, 'user' | 'actor'>): string {
  if (!user) return '/login';
  return dashboardPermissions.some((each) => actor.permissions.has(each)) ? '/dashboard' : '/users';
}
