// SQL of rows that are numbered. $1 is the tenant; $2 and $3 are the ends of the period; pg_temp.time_part must exist.

/** When row n is created, between $2 and $3. */
export const timeOf = (n: string, count: string) =>
  `($2::timestamptz + ($3::timestamptz - $2::timestamptz) * pg_temp.time_part(${n} / (${count} + 1.0)))`;

/** A UUID v7 of that time, which is the same wherever the row is named. */
export const idOf = (noun: string, n: string, count: string) => `overlay(overlay(
  lpad(to_hex(floor(extract(epoch from ${timeOf(n, count)}) * 1000)::bigint), 12, '0') || substr(md5('${noun}' || $1 || ${n}), 1, 20)
  placing '7' from 13) placing '8' from 17)::uuid`;

/** A whole number below `limit`, without a visible order but the same for the same n. */
export const randomOf = (n: string, seed: number, limit: string) =>
  `((hashint8extended(${n}, ${seed}) & 2147483647) % ${limit})`;

export const oneOf = (list: string, n: string, seed: number) =>
  `(${list}::text[])[1 + ${randomOf(n, seed, `array_length(${list}::text[], 1)`)}]`;
