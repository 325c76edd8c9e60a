import type { JsonObject } from './types.ts';

/** What a simulated endpoint answers. Header names in lower case. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject | undefined;
  /** Error code, for the log. */
  readonly code?: string;
  /** Object the request made or changed, for the log. */
  readonly objectId?: string;
}
