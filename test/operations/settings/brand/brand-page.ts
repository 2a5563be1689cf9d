import type { StaffVisitor } from '../../../support/operations.ts';
import type { Page } from '../../../support/page.ts';

export const BRAND = '/settings/brand';

interface BrandForm {
  color?: string;
  remove_logo?: string;
  action?: 'save' | 'preview';
  file?: Buffer;
}

/** Submits the form of the page of the brand, with the values of the page and those given. */
export async function submitBrand(
  staff: StaffVisitor,
  { file, ...fields }: BrandForm,
  from?: Page,
): Promise<Page> {
  const page = from ?? (await staff.visit(BRAND));
  const { action: _, logo_file: __, ...values } = page.form('Save changes').values();
  const files = file ? [{ name: 'logo_file', filename: 'logo.svg', content: file }] : [];
  const response = await staff.uploadFrom(page, BRAND, { ...values, action: 'save', ...fields }, files);
  return staff.arrive(BRAND, response);
}
