import type { Knex } from 'knex';
import type { Database } from './pools.ts';

/** The configuration of knex for `timeOf`. */
export function clockParams(offsetMs: number): { userParams: { now?: string } } {
  return { userParams: offsetMs === 0 ? {} : { now: `(now() + interval '${offsetMs} milliseconds')` } };
}

/** SQL for the time of links, business dates, payments and reminders: that of the database, moved by PORTAL_CLOCK. */
export function timeOf(knex: Knex): string {
  return (knex.userParams as { now?: string }).now ?? 'now()';
}

/** The same pools with another time, for rows that are made as of another day. */
export function withClock(database: Database, offsetMs: number): Database {
  const { userParams } = clockParams(offsetMs);
  const knex = database.knex.withUserParams(userParams);
  const platformKnex = database.platformKnex.withUserParams(userParams);
  // Each time is another text, which must not be prepared on the server.
  return { ...database, knex, platformKnex, preparedNames: undefined };
}
