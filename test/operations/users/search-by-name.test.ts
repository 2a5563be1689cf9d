import { expect } from 'chai';
import { readTenant } from '../../../src/database/in-tenant.ts';
import { userList } from '../../../src/domain/user/user-list.ts';
import { createCustomer, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { userRow } from '../../support/rows.ts';

type Name = [first: string, last: string, ...typed: string[]];

const scripts: Record<string, Name[]> = {
  Latin: [
    ['Łukasz', 'Wałęsa', 'lukasz', 'LUKASZ', 'walesa', 'Wałęsa', 'walesa lukasz', 'lu walesa'],
    ['Søren', 'Kierkegård', 'soren', 'soeren', 'kierkegard', 'Kierkegaard'],
    ['Đorđe', 'Đoković', 'djokovic', 'dokovic', 'dorde'],
    ['Jörg', 'Weiß', 'weiss', 'WEISS', 'WEIẞ', 'joerg', 'jorg', 'Jo\u0308rg'],
    ['Juergen', 'Mueller', 'jürgen', 'müller', 'muller'],
    ['Þóra', 'Æsudóttir', 'thora', 'aesudottir', 'Æsu'],
    ['Cœur', 'Lefèvre', 'coeur', 'lefevre', 'LEFÈVRE'],
    ['Işıl', 'İnönü', 'isil', 'ISIL', 'inonu', 'İNÖNÜ', 'inoenue'],
    ['Sinéad', 'O’Brien', "o'brien", 'O’Brien', 'obrien', 'o brien', 'O‘Brien', 'O´Brien', 'OBRIEN'],
    ['Ada', 'Obi', 'Ada Obi', 'Obi Ada', 'adaobi', 'obiada', 'Obi, Ada', 'ob ad', 'ada o', 'ob'],
    [
      'Anne-Marie',
      'Saint-Just',
      'anne marie',
      'annemarie',
      'Anne‑Marie',
      'saint just',
      'saintjust',
      'Saint–Just',
    ],
    ['J. R. R.', 'Tolkien', 'jrr tolkien', 'J.R.R. Tolkien', 'j r tolkien', 'Tolkien J.R.R.'],
    ['Gal·la', 'Puig', 'galla', 'gal·la'],
    ['Ｆｕｌｌ', 'Ｗｉｄｔｈ', 'full', 'ｆｕｌｌ', 'width'],
    ['Mc', 'Donald', 'mcdonald', 'mc donald', 'McDonald'],
    ['Kaʻahumanu', 'Kamehameha', "ka'ahumanu", 'kaahumanu', 'kaʻahumanu'],
  ],
  Vietnamese: [
    ['Phạm Thị', 'Hương', 'pham', 'PHẠM THỊ HƯƠNG', 'huong', 'Pha\u0323m', 'huong pham', 'thi huong'],
    ['Đặng', 'Nguyễn', 'dang', 'nguyen', 'đặng', 'Nguyễn Đặng'],
    ['Ngô', 'Ưu', 'ngo', 'uu', 'ngo uu'],
  ],
  Greek: [
    ['Γιώργος', 'Παπαδόπουλος', 'γιωργος', 'ΓΙΩΡΓΟΣ', 'παπαδοπουλοσ', 'ΠΑΠΑΔΌΠΟΥΛΟΣ', 'πα', 'παπ γιω'],
    ['Ελένη', 'Μαΐου', 'ελενη', 'μαιου', 'ΜΑΪΟΥ'],
    ['Ἀλέξανδρος', 'Ὀδυσσεύς', 'αλεξανδρος', 'οδυσσευς', 'ΟΔΥΣΣΕΥΣ'],
  ],
  Cyrillic: [
    ['Фёдор', 'Королёв', 'федор', 'ФЁДОР', 'королев', 'Королёв Фёдор', 'фе', 'ко'],
    ['Андрей', 'Чайка', 'андреи\u0306', 'андрей', 'чайка', 'чаика'],
    ['Олександр', 'Ґжицький', 'гжицький', 'ґжицькии\u0306', 'олександр'],
    ['Ірина', 'Дем’яненко', 'ірина', "дем'яненко", 'демяненко', 'ирина'],
    ['Қайрат', 'Нұрланұлы', 'кайрат', 'нурланулы'],
  ],
  Arabic: [
    ['أحمد', 'مصطفى', 'احمد', 'مصطفي', 'مصطفى', 'أَحْمَد', 'مصطفى أحمد', 'اح'],
    ['فاطمة', 'الزهراء', 'فاطمه', 'الزهرا', 'فـاطـمـة', 'الزهراء فاطمة'],
    ['إيمان', 'مؤمن', 'ايمان', 'أيمان', 'مومن'],
    ['عبد الله', 'آل ثاني', 'عبدالله', 'عبد الله', 'ال ثاني', 'آل'],
    ['ﻣﺤﻤﺪ', 'علي', 'محمد', 'مُحَمَّد', 'على'],
  ],
  'Persian and Urdu': [
    ['علی', 'کریمی', 'علي', 'كريمي', 'کریمی'],
    ['علی\u200cرضا', 'یزدی', 'علیرضا', 'علی رضا', 'يزدي'],
    ['عائشہ', 'ملکہ', 'عائشه', 'ملكه', 'عایشہ'],
    ['بےنظیر', 'بھٹو', 'بينظير', 'بهٹو'],
  ],
  Hebrew: [
    ['שלום', 'כהן', 'שלומ', 'כהן', 'שָׁלוֹם', 'כה'],
    ['אברהם', 'בן־גוריון', 'בן גוריון', 'בן-גוריון', 'אַבְרָהָם'],
    ['צ׳רלי', 'לוי', "צ'רלי", 'צרלי', 'לוי'],
  ],
  Devanagari: [
    ['फ़ातिमा', 'ख़ान', 'फातिमा', 'खान', 'ख\u093cान', 'खा'],
    ['आनन्द', 'सिंह', 'आनंद', 'सिँह', 'आनन्द'],
    ['राज', 'ढ़ाका', 'राज', 'ढाका', 'ढाका राज'],
  ],
  'other Indian scripts': [
    ['রাহুল', 'রায়', 'রাহুল', 'রায\u09bc', 'রায'],
    ['முருகன்', 'கோபால்', 'முருகன்', 'கே\u0bbeபால்', 'மு'],
    ['ਗੁਰਪ੍ਰੀਤ', 'ਸਿੰਘ', 'ਸਿੰਘ', 'ਗੁਰਪ੍ਰੀਤ'],
  ],
  Thai: [
    ['แพร', 'น้ำทิพย์', 'น้ำทิพย์', 'นํ้าทิพย์', 'นำทิพย์', 'เเพร', 'แพ'],
    ['สมชาย', 'ใจดี', 'สม', 'ใจดี', 'ใจดี สมชาย'],
  ],
  Chinese: [
    ['小明', '王', '王小明', '王 小明', '小明 王', '王小', '王', '小明', '王　小明'],
    ['伟', '欧阳', '欧阳伟', '欧阳', '欧', '伟'],
    ['志豪', '陳', '陳志豪', '陳志', '志豪'],
  ],
  Japanese: [
    ['花子', '山田', '山田花子', '山田', '山田　花子', '花子', '山'],
    ['ガク', 'ヤマダ', 'ｶﾞｸ', 'ヤマタ\u3099', 'ﾔﾏﾀﾞ', 'ヤマ'],
    ['がく', 'ぎんじ', 'か\u3099く', 'ぎん', 'ぎんじがく'],
    ['太郎', '髙橋', '高橋', '髙橋', '高橋太郎'],
    ['希', '佐々木', '佐々木', '佐佐木', '佐々', '佐々木希'],
    ['マイケル', 'ジャクソン', 'マイケル・ジャクソン', 'ジャク'],
  ],
  Korean: [
    ['민수', '김', '김민수', '김민', '김', '민수', '김 민수', '김민수'.normalize('NFD')],
    ['지은', '이', '이지은', '이지', '지은'],
    ['하늘', '남궁', '남궁하늘', '남궁'],
  ],
  'Georgian, Armenian and Amharic': [
    ['გიორგი', 'ბერიძე', 'გიორგი', 'ᲑᲔᲠᲘᲫᲔ', 'ბე'],
    ['Արմեն', 'Սարգսյան', 'արմեն', 'ՍԱՐԳՍՅԱՆ', 'սա'],
    ['አበበ', 'በቀለ', 'አበበ', 'በቀ', 'በቀለ አበበ'],
  ],
};

const names = Object.values(scripts).flat();

describe('search by name', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  const ids = new Map<Name, string>();

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    for (const name of names) {
      const [first_name, last_name] = name;
      const { id } = await createCustomer(portal, tenant, { first_name, last_name });
      ids.set(name, id);
    }
    await addNewerRows(portal, tenant);
  });

  const find = async (q: string) => {
    const [users] = await readTenant(portal.database, tenant.id, (db) => [
      userList.rows(db, userList.parse({ q }).query),
    ]);
    return users.map(({ id }) => id);
  };

  it('sorts names among those that begin with the same letter', async () => {
    const sorted = await createTenant(portal);
    for (const first_name of ['Zoe', 'Łukasz', 'Lea', 'Özlem', 'Olga', 'Lydia', 'Paul'])
      await createCustomer(portal, sorted, { first_name, last_name: 'X' });
    const { query } = userList.parse({ sort: 'name' });
    const [users] = await readTenant(portal.database, sorted.id, (db) => [userList.rows(db, query)]);
    expect(users.map(({ name }) => name.split(' ')[0])).to.eql([
      'Lea',
      'Łukasz',
      'Lydia',
      'Olga',
      'Özlem',
      'Paul',
      'Zoe',
    ]);
  });

  it('finds addresses by the domain in ASCII and in Unicode', async () => {
    const { id } = await createCustomer(portal, tenant, { email: 'grace@xn--mnchen-3ya.de' });
    for (const q of [
      'münchen.de',
      'MÜNCHEN.DE',
      'grace@münchen.de',
      'munchen.de',
      'xn--mnchen-3ya',
      'grace@xn--mnchen-3ya.de',
    ])
      expect(await find(q), q).to.eql([id]);
  });

  it('shows addresses with the domain in Unicode', async () => {
    const { id } = await createCustomer(portal, tenant, {
      email: 'shown@xn--mnchen-3ya.de',
      first_name: null,
      last_name: null,
    });
    const staff = await signedInStaff(portal, tenant);
    for (const path of ['/users?q=shown', `/users/${id}`, `/users/${id}/edit`]) {
      const page = await staff.visit(path);
      expect(page.html, path).to.include('shown@münchen.de').and.not.include('shown@xn--');
    }
    const edit = await staff.visit(`/users/${id}/edit`);
    expect(edit.form('Save changes').values()).to.include({ email: 'shown@münchen.de' });
    await edit.submit('Save changes', { Phone: '020 7946 0123' });
    expect(await userRow(portal, id)).to.include({
      email: 'shown@xn--mnchen-3ya.de',
      phone: '020 7946 0123',
    });
  });

  for (const phone of ['+44 20 7946 0123', '020 7946 0123', '+44 (0)20 7946-0123', '0044-20-79460123'])
    it(`finds the phone number ${phone} by its last digits`, async () => {
      const { id } = await createCustomer(portal, tenant, { phone });
      for (const q of [
        '+44 20 7946 0123',
        '020 7946 0123',
        '(020) 7946-0123',
        '+442079460123',
        '0044 20 7946 0123',
        '02079460123',
        'tel:+44-20-7946-0123',
        '7946 0123',
        '79460123',
        '0123',
        '٠٢٠٧٩٤٦٠١٢٣',
        '\u202d+44\u00a020 7946 0123\u202c',
      ])
        expect(await find(q), q).to.include(id);
    });

  it(`has at least 60 names of 12 scripts`, () => {
    expect(Object.keys(scripts).length).to.be.at.least(12);
    expect(names.length).to.be.at.least(60);
  });

  for (const [script, all] of Object.entries(scripts))
    for (const name of all) {
      const [first, last, ...typed] = name;
      it(`finds the user ${last}, ${first} (${script}) by each way of typing`, async () => {
        const missing = [];
        for (const q of [first, last, `${first} ${last}`, `${last} ${first}`, `${last}${first}`, ...typed]) {
          const found = await find(q);
          if (!found.includes(ids.get(name)!)) missing.push(q);
          expect(found.length, q).to.be.below(names.length / 2);
        }
        expect(missing).to.eql([]);
      });
    }
});

/** So many that the search reads the others by the index. */
async function addNewerRows(portal: TestPortal, tenant: TestTenant): Promise<void> {
  await portal.owner.query(
    `insert into users (tenant_id, id, audience, name, name_norm, email, email_norm, search_text)
     select $1, ('fffffff0-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'customer', '', '', n || '@y.example',
       n || '@y.example', ' ' || n || '@y.example'
     from generate_series(1, 1500) n`,
    [tenant.id],
  );
}
