const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.0+)?S)?)?$/i;

const shortest = 60;
const longest = 144 * 3600;

/** An ISO 8601 duration of days to seconds as an interval of ours, such as `40m`; undefined when it is none, or not of 1m to 144h. */
export function parseIsoDuration(text: string): string | undefined {
  const found = parts.exec(text.trim());
  if (found === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part: string | undefined) => Number(part ?? 0));
  const total = days * 86_400 + hours * 3600 + minutes * 60 + seconds;
  if (!(total >= shortest && total <= longest)) return undefined;
  const units = [
    [Math.floor(total / 3600), 'h'],
    [Math.floor((total % 3600) / 60), 'm'],
    [total % 60, 's'],
  ] as const;
  return units.flatMap(([amount, unit]) => (amount === 0 ? [] : [`${amount}${unit}`])).join('');
}
