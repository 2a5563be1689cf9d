import { sizeText } from '../../domain/unit-type/unit-type.ts';
import type { UnitStatus } from '../../domain/unit/unit.ts';
import { unitBadges } from '../badges.ts';

interface ListedUnit {
  status: UnitStatus;
  width_mm: number | null;
  depth_mm: number | null;
  height_mm: number | null;
}

/** What the table of units shows. */
export function unitRows<Row extends ListedUnit>(rows: readonly Row[]) {
  return rows.map((unit) => ({ ...unit, size: sizeText(unit), status_badge: unitBadges[unit.status] }));
}
