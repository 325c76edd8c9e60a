import type { Context, Middleware } from '@microsoft/microsoft-graph-client';
import { CallState } from './call.ts';

/** The request as it passes along the chain. Headers are a plain object at every step. */
interface Passage {
  readonly state: CallState;
  readonly headers: Record<string, string>;
  readonly context: Context;
}

/** A step of the chain: does its part and calls `next`, after which `context.response` is there. */
export type Step = (passage: Passage, next: () => Promise<Response>) => Promise<Response>;

/** A middleware of the Graph SDK from each step, in order; the last one must not call `next`. */
export function chain(steps: readonly Step[]): Middleware {
  const run = async (passage: Passage, index: number): Promise<Response> => {
    const step = steps[index];
    if (step === undefined) throw new Error('the last step of the chain called next');
    return step(passage, () => run(passage, index + 1));
  };
  return {
    async execute(context: Context): Promise<void> {
      const state = context.middlewareControl?.getMiddlewareOptions(CallState) as CallState;
      const options = (context.options ??= {});
      const headers = { ...(options.headers as Record<string, string> | undefined) };
      options.headers = headers;
      try {
        context.response = await run({ state, headers, context }, 0);
      } catch (error) {
        // The SDK turns every error into one of its own, so the original is kept aside.
        state.error = error;
        throw error;
      }
    },
  };
}
