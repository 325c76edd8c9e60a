/** Letters that do not come apart into a letter and a mark. */
const letters: Readonly<Record<string, string>> = {
  æ: 'ae',
  Æ: 'AE',
  œ: 'oe',
  Œ: 'OE',
  ø: 'oe',
  Ø: 'OE',
  ß: 'ss',
  ẞ: 'SS',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  Ð: 'D',
  þ: 'th',
  Þ: 'TH',
  ħ: 'h',
  Ħ: 'H',
  ŧ: 't',
  Ŧ: 'T',
  ı: 'i',
};

const marked = /[\u00c0-\u024f\u1e00-\u1eff]\p{Mn}*|[A-Za-z]\p{Mn}+/gu;

function plain(cluster: string): string {
  const [base = ''] = cluster.normalize('NFD');
  return letters[base] ?? (/[A-Za-z]/.test(base) ? base : cluster);
}

/** Latin letters without their marks: ä becomes a, ø oe, ß ss. Everything else stays as it is. */
export const normalizeDiacritics = (text: string): string => text.replace(marked, plain);
