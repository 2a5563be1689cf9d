import { v7, validate } from 'uuid';
import { pooledRandomBytes } from '../random-bytes.ts';

/** Sorts before every other id. */
export const NIL_ID = '00000000-0000-0000-0000-000000000000';

/** Ids sort by time and, without `at` (milliseconds since 1970), also by the order of the calls. */
export function newId(at?: number): string {
  const random = pooledRandomBytes(16);
  return v7({ random, ...(at === undefined ? nextPlace(random) : { msecs: at }) });
}

const last = { msecs: 0, seq: 0 };

/** The sequence number begins at 31 random bits of 32 in each millisecond. */
function nextPlace(random: Buffer): { msecs: number; seq: number } {
  const msecs = Date.now();
  if (msecs > last.msecs) Object.assign(last, { msecs, seq: random.readUInt32BE(6) >>> 1 });
  else last.seq += 1;
  return last;
}

/** Accepts only lower case, so that each row has a single URL. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && validate(text) && text === text.toLowerCase();
}
