import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { isUnitCode, unitCode } from './unit.ts';

export const MAX_NEW_UNITS = 500;
const MAX_NAMED = 10;

interface GivenCodes {
  code: string | null;
  /** The last code of a range that begins with `code`. */
  last_code: string | null;
  /** One on each line, or separated by commas. */
  more_codes: string | null;
}

/** The codes of the units to add, in the given order, each once. */
export function expandCodes({
  code,
  last_code,
  more_codes,
}: GivenCodes): { ok: true; codes: string[] } | RefusedValues {
  const pasted = (more_codes ?? '')
    .split(/[\n,;\u060c\u061b]/)
    .map((each) => each.trim())
    .filter(Boolean);
  if (code === null && (last_code !== null || pasted.length === 0))
    return refuse({ field: 'code', code: 'required' });
  const invalid = pasted.filter((each) => !isUnitCode(each));
  if (invalid.length > 0)
    return refuse({ field: 'more_codes', code: 'invalid_unit_codes', params: { codes: nameSome(invalid) } });
  const range = code === null ? [] : codeRange(code, last_code ?? code);
  if (!range) return refuse({ field: 'last_code', code: 'invalid_code_range' });
  const codes = [...range, ...pasted];
  if (codes.length > MAX_NEW_UNITS)
    return refuse({ field: 'code', code: 'too_many_units', params: { max: MAX_NEW_UNITS } });
  const repeated = findRepeated(codes);
  if (repeated.length > 0)
    return refuse({ field: 'code', code: 'unit_codes_repeated', params: { codes: nameSome(repeated) } });
  return { ok: true, codes };
}

/** For an error: `U1, U2` and at most ten of them. */
export function nameSome(codes: readonly string[]): string {
  const named = codes.slice(0, MAX_NAMED).join(', ');
  return codes.length > MAX_NAMED ? `${named}, …` : named;
}

/** Undefined unless the codes differ only in the number at the end. At most one more than may be added. */
function codeRange(first: string, last: string): string[] | undefined {
  if (first === last) return [first];
  const [, prefix = '', from] = /^(.*?)(\d+)$/u.exec(first) ?? [];
  const [, lastPrefix, to] = /^(.*?)(\d+)$/u.exec(last) ?? [];
  if (from === undefined || to === undefined || prefix !== lastPrefix || Number(to) < Number(from))
    return undefined;
  const length = Math.min(Number(to) - Number(from), MAX_NEW_UNITS) + 1;
  return Array.from(
    { length },
    (_, index) => prefix + String(Number(from) + index).padStart(from.length, '0'),
  );
}

function findRepeated(codes: readonly string[]): string[] {
  const seen = new Set<string>();
  return codes.filter((code) => {
    const { code_norm } = unitCode(code);
    const isRepeated = seen.has(code_norm);
    seen.add(code_norm);
    return isRepeated;
  });
}
