import { fold } from './fold.ts';

/** Write both columns together. */
export function addressColumns(address: string | null) {
  return { address, address_norm: address === null ? null : fold(address) };
}
