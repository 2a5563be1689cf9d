import { randomBytes } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MOST_A_MILLISECOND = 0x1000;

let lastMillisecond = 0;
let sequence = 0;

/**
 * A UUID v7 (RFC 9562, method 1): ordered by time, so that newest-first pages need no index on created_at, and within
 * one process also by the order of the calls, so that what one transaction records stays in its order.
 *
 * @param at milliseconds since 1970, for rows that tell of the past; those are not put into an order of their own
 */
export function newId(at?: number): string {
  const bytes = randomBytes(16);
  if (at === undefined) putInOrder(bytes);
  else bytes.writeUIntBE(at, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Whether `text` may stand where PostgreSQL expects a uuid: lower case, canonical. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text);
}

/** The twelve bits after the time count the ids of a millisecond; a full one, or a clock set back, borrows the next. */
function putInOrder(bytes: Buffer): void {
  const now = Date.now();
  sequence = now > lastMillisecond ? 0 : sequence + 1;
  lastMillisecond = Math.max(now, lastMillisecond);
  if (sequence >= MOST_A_MILLISECOND) {
    lastMillisecond += 1;
    sequence = 0;
  }
  bytes.writeUIntBE(lastMillisecond, 0, 6);
  bytes.writeUInt16BE(sequence, 6);
}
