import type { Actor } from '../../src/domain/actor.ts';
import { newId } from '../../src/database/new-id.ts';
import { auditRow, type AuditEntry } from '../../src/domain/audit/record-audit.ts';
import { addDays, earliest, latest, type Calendar } from './calendar.ts';
import type { DemoPerson } from './people.ts';
import type { Random } from './random.ts';

type Event = { at: Date; actor: Actor; entry: AuditEntry };

const USER_AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
  'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
];

export function auditRows(
  people: readonly DemoPerson[],
  companies: readonly { id: string; name: string }[],
  random: Random,
  calendar: Calendar,
): Record<string, unknown>[] {
  const staff = people.filter(({ audience, state }) => audience === 'staff' && state === 'active');
  const events = [
    ...companies.slice(-4).map((company) => companyCreated(company, random.pick(staff), random, calendar)),
    ...people.flatMap((person) => personEvents(person, random.pick(staff), random, calendar)),
  ];
  return events
    .filter(({ at }) => at >= calendar.recentSince && at < calendar.now)
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .map(({ at, actor, entry }) => ({ ...auditRow(actor, entry), id: newId(at.getTime()), at }));
}

function companyCreated(
  company: { id: string; name: string },
  staffMember: DemoPerson,
  random: Random,
  calendar: Calendar,
): Event {
  return {
    at: random.between(calendar.recentSince, calendar.now),
    actor: toActor(staffMember, random),
    entry: {
      event: 'company.created',
      target: { type: 'company', ...company },
      changes: { name: [null, company.name] },
    },
  };
}

function personEvents(
  person: DemoPerson,
  staffMember: DemoPerson,
  random: Random,
  calendar: Calendar,
): Event[] {
  const { state, created_at, last_activity_at, email, first_name, last_name } = person;
  const target = toTarget(person);
  const staff = toActor(staffMember, random);
  const named = first_name ? { first_name: [null, first_name], last_name: [null, last_name] } : {};
  const changes = { ...(email !== null && { email: [null, email] }), ...named };
  const events: Event[] = [
    { at: created_at, actor: staff, entry: { event: 'user.created', target, changes } },
  ];
  if (state === 'active' || state === 'not_verified')
    events.push(...activityEvents(person, random, calendar));
  if (state === 'disabled') {
    const status = { status: ['enabled', 'disabled'] };
    events.push({
      at: last_activity_at,
      actor: staff,
      entry: { event: 'user.disabled', target, changes: status },
    });
  }
  if (state === 'revoked')
    events.push({ at: last_activity_at, actor: staff, entry: { event: 'user.invitation_revoked', target } });
  return events;
}

function activityEvents(person: DemoPerson, random: Random, calendar: Calendar): Event[] {
  const target = toTarget(person);
  const actor = toActor(person, random);
  const first = addDays(person.created_at, 0.02);
  const events: Event[] = [
    {
      at: first,
      actor,
      entry: { event: 'user.password_set', target, changes: { password: ['•••', '•••'] } },
    },
  ];
  if (person.audience === 'customer')
    events.push({
      at: first,
      actor,
      entry: { event: 'user.terms_accepted', target, changes: { version: [null, 1] } },
    });
  for (const at of loginTimes(person, random, calendar)) {
    if (random.chance(0.12))
      events.push({
        at: addDays(at, -0.001),
        actor,
        entry: { event: 'user.login_failed', target, outcome: 'failure' },
      });
    events.push({ at, actor, entry: { event: 'user.logged_in', target } });
  }
  return events;
}

function loginTimes(person: DemoPerson, random: Random, calendar: Calendar): Date[] {
  const maxEarlier = person.audience === 'staff' ? 12 : 2;
  const from = earliest(
    latest(addDays(person.created_at, 0.03), calendar.recentSince),
    person.last_activity_at,
  );
  const earlier = Array.from({ length: random.integer(0, maxEarlier) }, () =>
    random.between(from, person.last_activity_at),
  );
  return [...earlier, person.last_activity_at];
}

function toActor(person: DemoPerson, random: Random): Actor {
  return {
    kind: person.audience,
    id: person.id,
    name: displayName(person),
    // Reserved for documentation (RFC 5737).
    ip: `${random.pick(['192.0.2', '198.51.100', '203.0.113'])}.${random.integer(1, 254)}`,
    user_agent: random.pick(USER_AGENTS),
    request_id: random.integer(0x100000000000, 0xffffffffffff).toString(16),
    permissions: new Set(),
    scope: { kind: 'all' },
  };
}

function toTarget(person: DemoPerson) {
  return { type: 'user', id: person.id, name: displayName(person) } as const;
}

function displayName({ first_name, last_name, email }: DemoPerson): string {
  return [first_name, last_name].filter(Boolean).join(' ') || (email ?? '');
}
