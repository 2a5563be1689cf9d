import { v7, validate } from 'uuid';

/**
 * A UUID v7: ordered by time, so that newest-first pages need no index on created_at, and within one process also by the
 * order of the calls, so that the rows of one transaction keep their order.
 *
 * @param at milliseconds since 1970, for rows of the past; ids made with it are not ordered by the calls
 */
export function newId(at?: number): string {
  // v7() keeps the order of its calls only when it gets no options.
  return at === undefined ? v7() : v7({ msecs: at });
}

/** Whether `text` is a UUID in lower case, so that each row has a single address. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && validate(text) && text === text.toLowerCase();
}
