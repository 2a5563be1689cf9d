import type { CivilDate } from './civil-date.ts';

/**
 * The instant of a local time like `00:15`. A time that the clocks skip is that much later; of a time that comes twice
 * it is the first one.
 */
export async function instantOf(date: CivilDate, time: string, timeZone: string): Promise<Date> {
  // Loaded at the first use, because most processes never need it.
  const { Temporal } = await import('temporal-polyfill');
  const { epochMilliseconds } = Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(timeZone, {
    disambiguation: 'compatible',
  });
  return new Date(epochMilliseconds);
}
