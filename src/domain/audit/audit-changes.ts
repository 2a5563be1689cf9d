/** One changed field, as people read it: `before` is absent where only a fact is told. */
export interface ChangeLine {
  field: string;
  before?: string;
  after: string;
}

const words: Record<string, string> = {
  first_name: 'First name',
  last_name: 'Last name',
  email: 'Email',
  parent: 'Parent company',
  is_required: 'Required',
};

/** From what recordAudit kept: field → [before, after], or field → fact. */
export function changeLines(changes: Readonly<Record<string, unknown>>): ChangeLine[] {
  return Object.entries(changes).map(([name, change]) =>
    Array.isArray(change) && change.length === 2
      ? { field: wordFor(name), before: said(change[0]), after: said(change[1]) }
      : { field: wordFor(name), after: said(change) },
  );
}

/** billing_email → "Billing email", cf[size] → "size". */
function wordFor(name: string): string {
  const custom = /^cf\[(.+)\]$/.exec(name);
  if (custom) return custom[1]!;
  const text = name.replaceAll('_', ' ');
  return words[name] ?? text.charAt(0).toUpperCase() + text.slice(1);
}

function said(value: unknown): string {
  if (value === null || value === undefined || value === '') return '—';
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (Array.isArray(value)) return value.map(said).join(', ') || '—';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
}
