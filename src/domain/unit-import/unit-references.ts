import { hasMoney, hasRecords, type References } from '../import/references.ts';

export const unitReferences: References = {
  'rentals.unit_id': hasMoney,
  'requests.to_unit_id': hasRecords,
};
