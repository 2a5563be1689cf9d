import { intervalLabels, intervalNames, type IntervalName } from '../rental/rental.ts';
import type { CellParser } from '../import/cells.ts';

/** Other words for the intervals, without case, spaces, dashes and underscores. */
const words: Record<IntervalName, readonly string[]> = {
  '1_month': ['monthly', 'month', '1month', '1months', 'everymonth'],
  '3_months': ['quarterly', 'quarter', '3months', '3month', 'every3months'],
  '6_months': ['halfyearly', 'semiannually', 'biannually', '6months', '6month', 'every6months'],
  '12_months': ['yearly', 'annually', 'annual', 'year', '1year', '12months', '12month', 'every12months'],
  '1_week': ['weekly', 'week', '1week', '1weeks', 'everyweek'],
  '4_weeks': ['fourweekly', '4weekly', '4weeks', '4week', 'every4weeks'],
};

const byWord = new Map(intervalNames.flatMap((name) => words[name].map((word) => [word, name] as const)));

export const intervalCell: CellParser = {
  parse: (text) => {
    const value = byWord.get(text.toLowerCase().replaceAll(/[\s_-]/g, ''));
    if (value !== undefined) return { value };
    const intervals = intervalNames.map((name) => intervalLabels[name]).join(', ');
    return { error: { code: 'import_unknown_interval', params: { intervals } } };
  },
};
