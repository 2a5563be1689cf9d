import { hasMoney, hasRecords, reasonsSql, type References } from '../import/references.ts';

export const unitReferences: References = {
  'rentals.unit_id': hasMoney,
  'requests.to_unit_id': hasRecords,
};

/** SQL: the reasons of the references to the unit `u`. */
export const UNIT_REASONS = reasonsSql(unitReferences, 'u');
