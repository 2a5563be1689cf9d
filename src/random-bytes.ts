import { randomBytes } from 'node:crypto';

const POOL_BYTES = 4096;

let pool = Buffer.alloc(0);

/** For ids, salts and codes, which are stored or shown. Read ahead, because each call of `randomBytes` is slow. */
export function pooledRandomBytes(size: number): Buffer {
  if (size > pool.length) pool = randomBytes(POOL_BYTES);
  const bytes = pool.subarray(0, size);
  pool = pool.subarray(size);
  return bytes;
}
