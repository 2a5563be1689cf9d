import { createHmac, timingSafeEqual } from 'node:crypto';
import { BadSignature } from '../domain/gateway/gateway.ts';

/** In both directions: a signature of the future could be kept and sent later. */
const MAX_AGE_SECONDS = 300;

/** `t=<unix time>,v1=<signature>` */
export function signatureHeader(secret: string, seconds: number, body: Buffer | string): string {
  return `t=${seconds},v1=${sign(secret, seconds, body).toString('hex')}`;
}

/**
 * The header has a signature for each secret of the sender; while a secret is replaced, the receiver has two as well.
 *
 * @param now in milliseconds
 * @throws {BadSignature}
 */
export function verifySignature(
  header: string | undefined,
  body: Buffer,
  secrets: readonly string[],
  now: number,
): void {
  const parts = (header ?? '').split(',').map((part) => part.trim().split('='));
  const seconds = Number(parts.find(([name]) => name === 't')?.[1] ?? NaN);
  if (!Number.isSafeInteger(seconds)) throw new BadSignature('The signature has no time');
  if (Math.abs(now / 1000 - seconds) > MAX_AGE_SECONDS)
    throw new BadSignature('The signature is too old or of the future');
  const signatures = parts.flatMap(([name, value = '']) =>
    name === 'v1' ? [Buffer.from(value, 'hex')] : [],
  );
  const isSigned = secrets.some((secret) => {
    const expected = sign(secret, seconds, body);
    return signatures.some((given) => given.length === expected.length && timingSafeEqual(given, expected));
  });
  if (!isSigned) throw new BadSignature('The signature is wrong');
}

function sign(secret: string, seconds: number, body: Buffer | string): Buffer {
  return createHmac('sha256', secret).update(`${seconds}.`).update(body).digest();
}
