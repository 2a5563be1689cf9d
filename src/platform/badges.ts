import type { ListedTenant } from '../domain/tenant/tenant-list.ts';

export const tenantBadges: Record<ListedTenant['status'], { text: string; tone: 'plain' | 'bad' }> = {
  active: { text: 'Active', tone: 'plain' },
  suspended: { text: 'Suspended', tone: 'bad' },
};
