export const statusOptions = [
  { value: 'active', label: 'Active (renting)' },
  { value: 'inactive', label: 'Inactive (not renting)' },
  { value: 'enabled', label: 'Enabled' },
  { value: 'disabled', label: 'Disabled' },
];

export const emailOptions = [
  { value: 'with', label: 'With email' },
  { value: 'without', label: 'Without email' },
];

export const accessOptions = [
  { value: 'no_access', label: 'No access' },
  { value: 'invited', label: 'Invited' },
  { value: 'opened', label: 'Opened' },
  { value: 'expired', label: 'Expired' },
  { value: 'bounced', label: 'Bounced' },
  { value: 'active', label: 'Active' },
  { value: 'revoked', label: 'Revoked' },
];
