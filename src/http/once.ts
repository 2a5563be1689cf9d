import type { Request } from 'express';

/** Keeps `value` for the next page that asks for it by `name`, and no longer. */
export function keepOnce(req: Request, name: string, value: string): void {
  req.session.once = { ...req.session.once, [name]: value };
}

export function takeOnce(req: Request, name: string): string | undefined {
  const { [name]: value, ...others } = req.session.once ?? {};
  if (value === undefined) return undefined;
  req.session.once = others;
  return value as string;
}
