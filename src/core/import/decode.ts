import { exportJson, parseBounded } from '../wire/json.ts';
import { problemAt, type Placed } from './untrusted.ts';
import type { Problem } from './problem.ts';

/** A file as it was read. */
export interface ImportFile {
  /** As it was given on the command line. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A whole export has 200 KB; a list of assignments of a large tenant a few megabytes. */
export const largestFile = 33_554_432;

/** Windows PowerShell redirects in UTF-16; everybody else writes UTF-8, with a byte order mark or without. */
function encodingOf(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | 'utf-8' {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first !== 0 && second === 0) return 'utf-16le';
  return first === 0 && second !== undefined && second !== 0 ? 'utf-16be' : 'utf-8';
}

/** The JSON value of a file, or why it has none. */
export function decodeFile({ name, bytes }: ImportFile): Placed | Problem {
  const whole = { file: name, path: '' };
  const refuse = (what: string, wayOut: string): Problem => problemAt(whole, { what, wayOut });
  if (bytes.length > largestFile)
    return refuse(`the file has more than ${largestFile / 1_048_576} MB`, 'give the export of one job, without other data');
  const text = new TextDecoder(encodingOf(bytes)).decode(bytes);
  if (text.trim() === '') return refuse('the file is empty', 'export the job again');
  try {
    return { ...whole, value: parseBounded(text, exportJson) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The parser's own message repeats what stands in the file, which may be a secret.
    const at = /position (\d+)/.exec(error.message)?.[1];
    return refuse(
      `it is not JSON${at === undefined ? '' : `, from character ${at} on`}`,
      'save the answer of Graph, or the download, as it is',
    );
  }
}
