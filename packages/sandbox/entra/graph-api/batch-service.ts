import type { Answer } from '../answer.ts';
import { callFaults, faultAnswer, fitsPart, partBody, takesEffect } from '../fault-answers.ts';
import type { FaultList } from '../fault-list.ts';
import type { Fault, RequestInfo } from '../types.ts';
import { parseBatch, runBatch, type BatchPart, type PartAnswer } from './batch.ts';
import { GraphFault } from './graph-fault.ts';
import { findRoute } from './routes.ts';
import type { GraphRequest, GraphService } from './service.ts';

interface Surroundings {
  readonly graph: GraphService;
  readonly faults: FaultList;
  /** The batch as a request. */
  readonly info: RequestInfo;
  readonly record: (part: RequestInfo, answer: Answer, fault: Fault | undefined) => void;
}

/** POST /$batch: 200 whatever becomes of the parts; 400 when it is malformed, 401 when the token is refused. */
export function answerBatch(request: GraphRequest, around: Surroundings): Answer {
  try {
    around.graph.authenticate(request);
    const parts = parseBatch(request.body);
    const responses = runBatch(parts, (part) => runPart(request, part, around));
    return { status: 200, headers: { 'content-type': 'application/json' }, body: { responses } };
  } catch (error) {
    if (!(error instanceof GraphFault)) throw error;
    return {
      status: error.status,
      headers: { ...error.headers, 'content-type': 'application/json' },
      body: error.body({}),
      code: error.code,
    };
  }
}

/** Whether any part of a batch is more than a read; false for what cannot be read. */
export function hasWritingPart(body: string | undefined): boolean {
  try {
    return parseBatch(body).some((part) => part.method !== 'GET');
  } catch {
    return false;
  }
}

function runPart(request: GraphRequest, part: BatchPart, around: Surroundings): PartAnswer {
  const [path = '', search = ''] = part.url.split(/\?(.*)/s);
  const info = infoOf(part, path, around.info);
  const fault = around.faults.take(info, fitsPart);
  const headers = { ...part.headers, authorization: request.headers.authorization ?? '' };
  const real = takesEffect(fault)
    ? around.graph.handle({ ...request, method: part.method, path, search, headers, body: part.body, faults: callFaults(fault) })
    : undefined;
  const answer = (fault === undefined ? undefined : faultAnswer(fault, true)) ?? real ?? { status: 500, headers: {}, body: undefined };
  around.record(info, answer, fault);
  return { ...answer, ...partOf(part, answer, fault) };
}

/** A part as a request of its own. */
function infoOf(part: BatchPart, path: string, batch: RequestInfo): RequestInfo {
  const route = findRoute(part.method, path)?.route;
  return {
    ...batch,
    method: part.method,
    path: `/v1.0${part.url}`,
    operation: route?.operation ?? 'unknown',
    write: route?.write ?? part.method !== 'GET',
    body: part.body,
  };
}

function partOf(part: BatchPart, answer: Answer, fault: Fault | undefined): Pick<PartAnswer, 'id' | 'body'> {
  return { id: fault?.effect === 'otherId' ? `${part.id}-other` : part.id, body: partBody(fault) ?? answer.body };
}
