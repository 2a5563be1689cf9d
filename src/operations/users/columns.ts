import type { ListedUser } from '../../domain/user/user-list.ts';
import { companyCodesText, rolesText } from '../../domain/membership/membership-texts.ts';
import { hasEmail } from '../../domain/user/user.ts';
import { accessBadge, userStatusBadges, type Badge } from '../badges.ts';
import { labelsColumn } from '../label-badges.ts';
import type { Column } from '../list-columns.ts';

const unverified: Badge = { text: 'Not verified', tone: 'warn' };

/** Shown when it is chosen. */
function extra(
  name: string,
  heading: string,
  value: (user: ListedUser) => string | null,
): Column<ListedUser> {
  return { name, heading, is_extra: true, cell: (user) => ({ value: value(user) }) };
}

export const userColumns: readonly Column<ListedUser>[] = [
  {
    name: 'name',
    heading: 'Name',
    look: 'name',
    sort: 'name',
    cell: ({ id, name, email }) => ({
      value: name || email,
      href: `/users/${id}`,
      sub: name ? email : null,
    }),
    csv: ({ heading }) => [
      { heading, value: ({ name }) => name || null },
      { heading: 'Email', value: ({ email }) => email },
    ],
  },
  extra('id', 'ID', ({ id }) => id),
  extra('first_name', 'First name', ({ first_name }) => first_name),
  extra('last_name', 'Last name', ({ last_name }) => last_name),
  {
    name: 'phone',
    heading: 'Phone',
    look: 'nowrap',
    is_extra: true,
    cell: ({ phone }) => ({ value: phone }),
  },
  extra('phone2', 'Second phone', ({ phone2 }) => phone2),
  extra('address', 'Address', ({ address }) => address),
  extra('language', 'Language', ({ locale }) => locale),
  extra('alternate_name', 'Alternate contact', ({ alternate_name }) => alternate_name),
  extra('alternate_relation', 'Relation', ({ alternate_relation }) => alternate_relation),
  extra('alternate_phone', 'Phone of the contact', ({ alternate_phone }) => alternate_phone),
  extra('alternate_email', 'Email of the contact', ({ alternate_email }) => alternate_email),
  extra('referral_code', 'Referral code', ({ referral_code }) => referral_code),
  {
    name: 'company',
    heading: 'Company',
    kind: 'names',
    most: 1,
    cell: ({ companies }) => ({ value: companies.map(({ name }) => name) }),
  },
  extra('company_code', 'Company code', ({ companies }) => companyCodesText(companies) || null),
  extra('roles', 'Roles', ({ companies }) => rolesText(companies) || null),
  labelsColumn(),
  {
    name: 'status',
    heading: 'Status',
    cell: ({ status }) => ({ badges: [userStatusBadges[status]], is_usual: status === 'enabled' }),
  },
  {
    name: 'access',
    heading: 'Access',
    cell: (user) => ({
      badges: [accessBadge(user), ...(hasEmail(user) && !user.email_verified_at ? [unverified] : [])],
    }),
  },
  {
    name: 'verified',
    heading: 'Email verified',
    kind: 'time',
    is_day: true,
    is_extra: true,
    cell: ({ email_verified_at }) => ({ value: email_verified_at }),
  },
  {
    name: 'last_login',
    heading: 'Last login',
    kind: 'time',
    is_day: true,
    is_relative: true,
    none: 'Never',
    cell: ({ last_login_at }) => ({ value: last_login_at }),
  },
  {
    name: 'created',
    heading: 'Created',
    kind: 'time',
    is_day: true,
    sort: 'created',
    cell: ({ created_at }) => ({ value: created_at, is_usual: true }),
  },
];
