import type { ListedTenant } from '../domain/tenant/tenant-list.ts';

export const tenantBadges: Record<ListedTenant['status'], { text: string; tone: 'ok' | 'bad' }> = {
  active: { text: 'Active', tone: 'ok' },
  suspended: { text: 'Suspended', tone: 'bad' },
};
