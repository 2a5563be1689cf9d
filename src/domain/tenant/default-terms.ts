export function defaultTerms(tenantName: string, locale: string): string {
  return (locale === 'ar' ? arabic : english)(tenantName);
}

const english = (name: string) => `1. What this is about
These terms are between you and ${name}. They cover your account on this portal: how you log in, what you may do here and what each of us must do. What you rent or buy is covered by a separate agreement, which takes precedence over these terms.

2. Your account
The account is for you alone. Keep your password to yourself, choose one that you use nowhere else, and tell us at once when you think that someone else knows it. If you act for a company, you confirm that it allows you to.

3. What you may do here
You may see what concerns you or your company, as far as your role allows, and change your details. Do not try to access what belongs to others, to slow down the portal, or to collect its content automatically.

4. Payments
Invoices shown here are due on the date stated on them. Payment details are kept by a payment provider and not by us. If you think that an invoice is wrong, tell us within 30 days.

5. Your data
We use your details to run your account, to do what you asked for and to meet our legal duties, and for nothing else. You may ask what we know about you, have it corrected, and have it deleted when the law no longer requires us to keep it.

6. When something goes wrong
We look after the portal with care, but it may be unavailable at times, for maintenance or for reasons outside our control. Nothing in these terms limits the rights that the law gives you.

7. Ending
You may ask us to close your account at any time. We may close it when these terms are broken, after telling you why, or immediately if this is needed to protect others.

8. Changes
When we change these terms, the portal shows you the new version when you next log in and asks you to agree to it.`;

const arabic = (name: string) => `1. موضوع هذه الشروط
هذه الشروط بينك وبين ${name}، وتخص حسابك في هذه البوابة: كيف تدخل إليها، وما يمكنك فعله فيها، وما يلتزم به كل منا تجاه الآخر. أما ما تستأجره أو تشتريه فله اتفاق خاص به، وهو المقدَّم عند الاختلاف.

2. حسابك
الحساب لك وحدك. احتفظ بكلمة المرور لنفسك، واختر كلمة لا تستخدمها في مكان آخر، وأخبرنا فورًا إذا ظننت أن غيرك يعرفها. وإذا كنت تتصرف باسم شركة فأنت تؤكد أنها سمحت لك بذلك.

3. ما يمكنك فعله هنا
يمكنك الاطلاع على ما يخصك أو يخص شركتك بقدر ما يسمح به دورك، وتغيير بياناتك. ونرجو ألا تحاول الوصول إلى ما يخص غيرك، أو إبطاء البوابة، أو جمع محتواها آليًا.

4. المدفوعات
تُستحق الفواتير المعروضة هنا في التاريخ المذكور فيها. ويحفظ مزود خدمة الدفع بيانات الدفع ولا نحفظها نحن. وإذا رأيت أن فاتورة غير صحيحة فأخبرنا خلال 30 يومًا.

5. بياناتك
نستخدم بياناتك لإدارة حسابك وتنفيذ ما طلبته والوفاء بواجباتنا القانونية، ولا نستخدمها لغير ذلك. ولك أن تسأل عما نعرفه عنك، وأن تطلب تصحيحه، وأن تطلب حذفه متى لم يلزمنا القانون بالاحتفاظ به.

6. إذا حدث خلل
نعتني بالبوابة، لكنها قد تتوقف أحيانًا للصيانة أو لأسباب خارجة عن إرادتنا. ولا تحد هذه الشروط من الحقوق التي يمنحك إياها القانون.

7. إنهاء الحساب
لك أن تطلب إغلاق حسابك في أي وقت. ولنا أن نغلقه عند مخالفة هذه الشروط بعد إخبارك بالسبب، أو فورًا إذا كان في بقائه ضرر على الآخرين.

8. التعديلات
عند تعديل هذه الشروط تعرض البوابة عليك النسخة الجديدة في دخولك التالي وتطلب موافقتك عليها.`;
