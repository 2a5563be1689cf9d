import { v7, validate } from 'uuid';

/** Sorts before every other id. */
export const NIL_ID = '00000000-0000-0000-0000-000000000000';

/** Ids sort by time and, without `at` (milliseconds since 1970), also by the order of the calls. */
export function newId(at?: number): string {
  // v7() keeps the order of its calls only when it gets no options.
  return at === undefined ? v7() : v7({ msecs: at });
}

/** Accepts only lower case, so that each row has a single URL. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && validate(text) && text === text.toLowerCase();
}
