import { Client, ResponseType } from '@microsoft/microsoft-graph-client';
import { DirectoryError } from '../../core/errors/directory-error.ts';
import { directoryJson, parseBounded, type JsonBounds } from '../../core/wire/json.ts';
import { wellFormed } from '../../core/wire/text.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { CallOptions } from '../../ports/directory.ts';
import type { HttpFetch } from '../../ports/http.ts';
import { refusePersonDeletion } from '../directory/member-paths.ts';
import { classify } from '../errors/classify.ts';
import { noAnswer } from '../errors/failures.ts';
import type { Budget } from '../quota/budget.ts';
import type { Cost } from '../quota/costs.ts';
import type { BudgetRegistry } from '../quota/registry.ts';
import { CallState, type GraphAnswer, type GraphCall } from './call.ts';
import { chain } from './step.ts';
import { authenticate, learnFromRefusal, measure, pinHost, send, type Telemetry, type Tokens, trace, withinQuota } from './steps.ts';

export interface GraphClientOptions extends Telemetry {
  readonly side: 'source' | 'target';
  /** Origin of this cloud's Graph. */
  readonly graphHost: string;
  readonly fetch: HttpFetch;
  readonly tokens: Tokens;
  readonly budget: Budget;
  readonly budgets: BudgetRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly timeoutMs: number;
}

/**
 * Sends Graph calls through the SDK's request builder and a chain of our own: host check, token, quota, tracing, metrics, network.
 *
 * Of the SDK three things are left out on purpose. Its middleware: the retry handler retries on its own account, and the token handler decides by a
 * list of hosts. Its response parsing: it trusts the content type and answers a truncated body with an error that quotes the service, so bodies are
 * read and parsed here (ResponseType.RAW). And its reading of absolute URLs, which takes opaque links apart (see {@link pinHost}).
 */
export class GraphClient {
  readonly graphHost: string;
  readonly budget: Budget;
  readonly options: GraphClientOptions;
  readonly #sdk: Client;

  constructor(options: GraphClientOptions) {
    this.options = options;
    this.graphHost = options.graphHost;
    this.budget = options.budget;
    this.#sdk = Client.initWithMiddleware({
      baseUrl: options.graphHost,
      defaultVersion: 'v1.0',
      customHosts: new Set([new URL(options.graphHost).hostname]),
      middleware: chain([
        pinHost(options.graphHost),
        authenticate(options.tokens),
        withinQuota(options.budget, options.budgets, options.side, options),
        trace(options.random, options.logger),
        measure(options.side, options),
        send(options.fetch, options.clock, options.timeoutMs),
      ]),
    });
  }

  /** The answer of a call that succeeded. Rejects with a DirectoryError and nothing else. */
  async send(call: GraphCall, options: CallOptions): Promise<GraphAnswer> {
    if ('path' in call.target) refusePersonDeletion(call.method, call.target.path);
    const state = new CallState(call, options);
    const response = await this.#pass(state);
    const body = parse(state.text, call.bounds ?? directoryJson);
    if (response.status >= 200 && response.status < 300) {
      if (body === unparsable) {
        const facts = { status: response.status, reason: 'GraphUnavailable' as const };
        throw noAnswer('Graph sent an answer that breaks off, is not JSON or is beyond all bounds.', state.write, {
          ...facts,
          ...(state.requestId === undefined ? {} : { requestId: state.requestId }),
        });
      }
      return { status: response.status, body, header: (name) => response.headers.get(name), requestId: state.requestId };
    }
    throw new DirectoryError(
      classify({
        call: call.kind,
        status: response.status,
        body: body === unparsable ? undefined : body,
        requestId: state.requestId,
        retryAt: state.retryAt,
        write: state.write,
        sent: call.sent,
        objectId: call.objectId,
      }),
    );
  }

  /** A part of a batch was refused with these headers. Pauses the budget if it was throttling; returns until when (epoch milliseconds). */
  learnFromPart(status: number, header: (name: string) => string | undefined, cost: Cost): number | undefined {
    return learnFromRefusal(
      { status, header, cost, operation: 'batch' },
      { budget: this.budget, registry: this.options.budgets, side: this.options.side },
      this.options,
    );
  }

  async #pass(state: CallState): Promise<Response> {
    const { call } = state;
    const path = 'path' in call.target ? call.target.path : '/';
    const request = this.#sdk.api(path).responseType(ResponseType.RAW).middlewareOptions([state]).headers({ accept: 'application/json' });
    if (call.version !== undefined) request.version(call.version);
    if (call.prefer !== undefined) request.header('prefer', call.prefer);
    if (call.advanced === true) request.header('consistencylevel', 'eventual');
    try {
      // The SDK types every answer as `any`; RAW makes it the fetch Response.
      switch (call.method) {
        case 'GET':
          return (await request.get()) as Response;
        case 'POST':
          return (await request.post(wellFormed(call.body ?? {}))) as Response;
        case 'PATCH':
          return (await request.patch(wellFormed(call.body ?? {}))) as Response;
        case 'PUT':
          return (await request.put(wellFormed(call.body ?? {}))) as Response;
        case 'DELETE':
          return (await request.delete()) as Response;
      }
    } catch (error) {
      if (state.error instanceof DirectoryError) throw state.error;
      throw new DirectoryError(
        {
          kind: 'Unclassified',
          reason: 'GraphError',
          code: 'Other',
          message: 'The request failed inside the operator.',
          status: 0,
          ...(state.sent && state.write ? { outcomeUnknown: true } : {}),
        },
        { cause: state.error ?? error },
      );
    }
  }
}

const unparsable = Symbol('unparsable');

function parse(text: string, bounds: JsonBounds): unknown {
  if (text === '') return undefined;
  try {
    return parseBounded(text, bounds);
  } catch {
    return unparsable;
  }
}
