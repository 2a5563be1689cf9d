/** What the distributor sells, with prices in minor units before tax. */
export interface DemoProduct {
  description: string;
  price: bigint;
}

export const products: readonly DemoProduct[] = [
  { description: 'أرز بسمتي، كيس 20 كجم', price: 148_00n },
  { description: 'زيت دوار الشمس، 4 عبوات', price: 96_50n },
  { description: 'دقيق أبيض، كيس 45 كجم', price: 87_75n },
  { description: 'طماطم معلبة، كرتون', price: 54_00n },
  { description: 'حليب طويل الأجل، كرتون', price: 62_25n },
  { description: 'قهوة محمصة، 5 كجم', price: 275_00n },
  { description: 'تمر سكري، 10 كجم', price: 190_00n },
  { description: 'أكواب ورقية، 1000 قطعة', price: 73_40n },
];

export const deliveryFee: DemoProduct = { description: 'رسوم التوصيل', price: 35_00n };
