/** Invented people: each first name is combined with each last name of its line. `=` adds the ASCII spelling. */
const latin: readonly [first: string, last: string][] = [
  ['Saoirse Cian Niamh Eoin Aoife Declan', 'Gallagher Brennan Keogh Tierney'],
  ['Rhys Carys Gethin Nia', 'Pritchard Llewellyn Bevan'],
  ['Hazel Rupert Imogen Callum Beatrix Gareth', 'Ashdown Thackeray Wetherby Blackwood Hartley'],
  ['Astrid Soren=Søren Freja Linnea Bjorn=Björn', 'Lindström Holmgren Dahlberg Nygård Sørensen'],
  ['Jonas Friederike Matthias Kaethe=Käthe Lukas', 'Weber Schönfeld Brandt Müllerhaus'],
  ['Inés Álvaro Lucía Joaquín Pilar', 'Ibarra Quiroga Montalbán Peñalver'],
  ['Beatriz João Tomás Leonor', 'Azevedo Figueira Magalhães'],
  ['Camille Étienne Maëlle Bastien', 'Lacroix Beaumont Delorme'],
  ['Zofia Kacper Agnieszka Wojciech', 'Wiśniewska Zieliński Nowicka'],
  ['Eleni Stavros Danae', 'Papadaki Kostopoulos Vlachou'],
  ['Elif Emre Zeynep Kerem', 'Yıldırım Aydın Karaca'],
  ['Adaeze Tunde Chiamaka Segun Ngozi', 'Okafor Adeyemi Nwosu Balogun'],
  ['Kwame Ama Kofi Efua', 'Mensah Boateng Asante'],
  ['Priya Arjun Lakshmi Rohan Meera', 'Raghavan Deshmukh Chatterjee Iyer'],
  ['Farida Omid Shirin Dariush', 'Rostami Tehrani Farahani'],
  ['Yuki Haruto Sakura Kenji', 'Watanabe Fujimoto Ishikawa'],
  ['Minh Linh Thuy Quang', 'Tran Pham Nguyen'],
  ['Wei Xiulan Jun Meiling', 'Zhao Liang Xu'],
  ['Jiwoo Minseo Hyun', 'Kang Seo Yoon'],
  ['Aroha Tane Mere', 'Ngata Parata Tamihana'],
  ['Amira Tariq Layla Hamza', 'Haddad Mansour Khoury'],
];

const arabic: readonly [first: string, last: string][] = [
  [
    'نورة=noura مازن=mazen ريم=reem فهد=fahad سارة=sarah عبدالله=abdullah لمى=lama تركي=turki هند=hind سلطان=sultan',
    'القحطاني=alqahtani الدوسري=aldosari الشمري=alshammari العتيبي=alotaibi الحربي=alharbi',
  ],
  [
    'خالد=khalid منيرة=munira بندر=bandar العنود=alanoud ماجد=majed دانة=dana يزيد=yazeed أروى=arwa',
    'المطيري=almutairi الغامدي=alghamdi الزهراني=alzahrani السبيعي=alsubaie',
  ],
  [
    'سلمى=salma كريم=karim ياسمين=yasmin شريف=sherif',
    'عبدالعال=abdelaal البنداري=elbendary الجوهري=elgohary',
  ],
  ['رامي=rami لينا=lina جاد=jad', 'حدّاد=haddad نصّار=nassar الخوري=elkhoury'],
];

export interface DemoName {
  first_name: string;
  last_name: string;
  email_name: string;
}

export function listNames(script: 'latin' | 'arabic'): DemoName[] {
  return (script === 'latin' ? latin : arabic).flatMap(([firsts, lasts]) =>
    firsts.split(' ').flatMap((first) =>
      lasts.split(' ').map((last) => {
        const [latinFirst, first_name] = parseWord(first, script);
        const [latinLast, last_name] = parseWord(last, script);
        return { first_name, last_name, email_name: `${latinFirst}.${latinLast}` };
      }),
    ),
  );
}

/** The ASCII spelling is on the left in Latin names (`Soren=Søren`) and on the right in Arabic ones. */
function parseWord(word: string, script: 'latin' | 'arabic'): [ascii: string, name: string] {
  const [left = '', right] = word.split('=');
  if (script === 'arabic') return [right ?? left, left];
  return [toAscii(left), right ?? left];
}

function toAscii(word: string): string {
  const letters = word.replaceAll('ø', 'o').replaceAll('ı', 'i').replaceAll('ł', 'l');
  return letters
    .normalize('NFD')
    .replace(/[^a-z]/gi, '')
    .toLowerCase();
}
