import type { Request } from 'express';
import type * as z from 'zod';

/** A parameter of the address; undefined if it is absent or wrong. */
export function readParam<Params, Value>(
  req: Request<Params>,
  name: string,
  schema: z.ZodType<Value>,
): Value | undefined {
  const parsed = schema.safeParse(req.query[name]);
  return req.query[name] !== undefined && parsed.success ? parsed.data : undefined;
}
