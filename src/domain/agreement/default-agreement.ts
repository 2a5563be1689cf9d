import type { AgreementLanguage } from './agreement.ts';

/** What the form begins with before a version was published. */
export const defaultAgreement: Readonly<Record<AgreementLanguage, string>> = {
  en: `Rental agreement between {{tenant}} and {{customer}}

1. The unit
{{tenant}} rents unit {{unit}} at {{site}} to {{customer}} from {{start}}.

2. Rent and deposit
The rent is {{price}} for each billing period, in advance. The deposit is {{deposit}}. It is returned after the move-out as far as nothing is owed and the unit is undamaged.

3. Use
The unit is for storage only. Nothing may be stored in it that is illegal, alive, perishable or dangerous. It may not be used to live or work in.

4. Payment
Invoices are due on the day that they name. If one stays unpaid, {{tenant}} may refuse access to the unit until it is paid.

5. End
Either side may end this agreement with the notice that the portal shows. The unit is then to be empty, clean and unlocked.`,
  ar: `اتفاق إيجار بين {{tenant}} و{{customer}}

1. الوحدة
تؤجر {{tenant}} الوحدة {{unit}} في {{site}} إلى {{customer}} ابتداءً من {{start}}.

2. الإيجار والتأمين
الإيجار {{price}} عن كل فترة فوترة، ويُدفع مقدمًا. ومبلغ التأمين {{deposit}}، ويُرد بعد الإخلاء إذا لم يبق دين وكانت الوحدة سليمة.

3. الاستخدام
الوحدة للتخزين فقط. ولا يجوز أن يُحفظ فيها ما هو مخالف للقانون أو حي أو سريع التلف أو خطر، ولا السكن أو العمل فيها.

4. الدفع
تُستحق الفواتير في اليوم المذكور فيها. وإذا بقيت فاتورة دون دفع فلـ{{tenant}} أن تمنع الدخول إلى الوحدة حتى تُدفع.

5. الانتهاء
لكل طرف أن ينهي هذا الاتفاق بالمهلة التي تعرضها البوابة. وتُسلَّم الوحدة عندئذ فارغة ونظيفة وغير مقفلة.`,
};
