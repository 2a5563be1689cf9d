import * as z from 'zod';

const text = z.coerce.string();
const cents = z.coerce.bigint();
const count = z.number().int();

const occupancy = z.object({
  units: count,
  occupied: count,
  reserved: count,
  available: count,
  blocked: count,
});

/** Amounts are stored as text, because a number in JSON is not exact. */
const figures = z.object({
  occupancy,
  /** How many sites there are; those with most units are listed. */
  site_count: count,
  sites: z.array(z.object({ id: z.uuid(), name: text, occupancy })),
  receivables: z.array(
    z.object({
      currency: text,
      current_cents: cents,
      days_30_cents: cents,
      days_60_cents: cents,
      days_90_cents: cents,
      older_cents: cents,
      open_cents: cents,
    }),
  ),
  /** Twelve months of each currency, the oldest first. */
  income: z.array(z.object({ currency: text, month: z.iso.date(), income_cents: cents })),
});

/** What staff see on their first page. */
export type DashboardFigures = z.infer<typeof figures>;

/** Null for figures of a former release, which the next refresh replaces. */
export function parseFigures(stored: unknown): DashboardFigures | null {
  const parsed = figures.safeParse(stored);
  return parsed.success ? parsed.data : null;
}

export function formatFigures(values: DashboardFigures): string {
  return JSON.stringify(figures.parse(values), (_name, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
