import type { CompanyStatus } from '../../src/domain/company/company.ts';
interface DemoStatus {
  status: CompanyStatus;
  reason: string;
}

interface DemoLocation {
  company: string;
  code: string;
  name: string;
  address: string;
  phone: string | null;
  contact_name: string | null;
}

export interface DemoTenant {
  slug: string;
  name: string;
  locale: string;
  time_zone: string;
  currency: string;
  vocabulary: 'storage' | 'b2b';
  brand: { color: string };
  contact_email: string;
  contact_phone: string;
  address: string;
  tax_number: string;
  tax: { name: string; rate_ppm: number; zero_name: string };
  seed: number;
  script: 'latin' | 'arabic';
  companies: readonly string[];
  /** Of those that are not active. */
  company_statuses: Readonly<Record<string, DemoStatus>>;
  /** The parent of each child company. */
  parents: Readonly<Record<string, string>>;
  locations: readonly DemoLocation[];
  customers: number;
  percentWithoutCompany: number;
  phonePrefix: string;
  custom_fields: readonly DemoCustomField[];
}

export interface DemoCustomField {
  code: string;
  title: string;
  type: 'text' | 'choice';
  choices: readonly string[];
  /** Values of a text field. Without them the values are random digits. */
  samples?: readonly string[];
  is_required: boolean;
}

const acme: DemoTenant = {
  slug: 'acme',
  name: 'Acme Storage',
  locale: 'en-GB',
  time_zone: 'Europe/London',
  currency: 'GBP',
  vocabulary: 'storage',
  brand: { color: '#0b6e75' },
  contact_email: 'hello@acme.example',
  contact_phone: '+44 20 7946 0100',
  address: '12 Harbour Lane\nLondon E1 0AA\nUnited Kingdom',
  tax_number: 'GB 000 0000 00',
  tax: { name: 'VAT', rate_ppm: 200_000, zero_name: 'Zero rate' },
  seed: 20261,
  script: 'latin',
  customers: 170,
  percentWithoutCompany: 62,
  phonePrefix: '+44 20 7946 0',
  companies: [
    'Bright & Daughters Catering',
    'Harbour Lane Books',
    'Kestrel Event Hire',
    'Lindström Interiors',
    'Mensah Textiles',
    'Northgate Archive Services',
    'Okafor Medical Supplies',
    'Puddle Lane Nursery',
    'Quiroga Wine Imports',
    'Thornfield Estates',
    'Two Rivers Brewing',
    'Vale Removals',
  ],
  company_statuses: {
    'Vale Removals': { status: 'blocked', reason: 'Left units in a bad state' },
  },
  parents: { 'Kestrel Event Hire': 'Harbour Lane Books', 'Northgate Archive Services': 'Harbour Lane Books' },
  locations: [
    {
      company: 'Harbour Lane Books',
      code: 'QUAY',
      name: 'Shop at the quay',
      address: '3 Harbour Lane\nBristol BS1 4AA',
      phone: '+44 117 496 0110',
      contact_name: 'Isobel Hart',
    },
    {
      company: 'Harbour Lane Books',
      code: 'STORE',
      name: 'Warehouse',
      address: '18 Dock Road\nAvonmouth BS11 9DN',
      phone: null,
      contact_name: null,
    },
  ],
  custom_fields: [
    { code: 'access_card', title: 'Access card', type: 'text', choices: [], is_required: false },
    {
      code: 'heard_from',
      title: 'How they heard of us',
      type: 'choice',
      choices: ['A friend', 'Search engine', 'Passing by', 'Moving company'],
      is_required: false,
    },
  ],
};

const najd: DemoTenant = {
  slug: 'najd',
  name: 'نجد للتوزيع',
  locale: 'ar',
  time_zone: 'Asia/Riyadh',
  currency: 'SAR',
  vocabulary: 'b2b',
  brand: { color: '#8a4b14' },
  contact_email: 'care@najd.example',
  contact_phone: '+966 11 000 0100',
  address: 'طريق الملك\nالرياض 11000\nالمملكة العربية السعودية',
  tax_number: '300000000000003',
  tax: { name: 'ضريبة القيمة المضافة', rate_ppm: 150_000, zero_name: 'خاضع لنسبة الصفر' },
  seed: 20262,
  script: 'arabic',
  customers: 190,
  percentWithoutCompany: 3,
  phonePrefix: '+966 11 000 0',
  companies: [
    'مطاعم واحة الرياض',
    'مقهى سدرة',
    'فندق أبراج اليمامة',
    'مخابز السنابل',
    'مطبخ بيت الضيافة',
    'حلويات الياسمين',
    'بقالة الحي',
    'أسواق النخيل',
    'مدرسة آفاق الغد',
    'مستشفى روابي نجد',
    'مقهى هيل',
    'مطاعم جمر',
    'شركة مؤونة للتموين',
    'نادي الفروسية',
    'استراحة الوادي',
    'مخبز التنور',
    'قاعة لؤلؤة نجد',
    'مطعم ساحل جدة',
    'محمصة ركوة',
    'فندق دار السفر',
    'أسواق الخير',
    'مطاعم نكهة الشام',
    'مقهى ظل النخلة',
    'عصائر بستان',
    'Blue Palm Hotels',
    'Cedar Catering',
    'Gulf Horizon Airlines Catering',
    'Oasis Fresh Markets',
    'Sandrose Coffee Roasters',
    'Silk Route Restaurants',
  ],
  company_statuses: {
    'عصائر بستان': { status: 'on_hold', reason: 'ارتجاع دفعتين' },
    'مطاعم نكهة الشام': { status: 'archived', reason: 'توقف النشاط' },
  },
  parents: { 'مقهى هيل': 'مقهى سدرة', 'محمصة ركوة': 'مقهى سدرة' },
  locations: [
    {
      company: 'مقهى سدرة',
      code: 'OLAYA',
      name: 'فرع العليا',
      address: 'شارع العليا العام\nالرياض',
      phone: '+966 11 555 0199',
      contact_name: 'سلمى الحربي',
    },
  ],
  custom_fields: [
    {
      code: 'job_title',
      title: 'المسمى الوظيفي',
      type: 'text',
      choices: [],
      samples: ['مدير المشتريات', 'محاسب', 'مدير الفرع', 'منسق الطلبات', 'رئيس الطهاة', 'أمين المستودع'],
      is_required: false,
    },
    {
      code: 'delivery_zone',
      title: 'منطقة التوصيل',
      type: 'choice',
      choices: ['شمال الرياض', 'شرق الرياض', 'غرب الرياض', 'جنوب الرياض', 'الخرج'],
      is_required: false,
    },
  ],
};

export const demoTenants: readonly DemoTenant[] = [acme, najd];
