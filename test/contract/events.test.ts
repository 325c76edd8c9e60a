import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { namesOf, useServer, type Client } from './support/client.ts';

const client = useServer();
const at = '2026-01-05T08:00:00.123456Z';
const modern = (api: Client): string => `/apis/events.k8s.io/v1/namespaces/${api.namespace}/events`;
const core = (api: Client): string => `/api/v1/namespaces/${api.namespace}/events`;

function event(api: Client, change: object = {}): JsonObject {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'a.1', namespace: api.namespace },
    eventTime: at,
    reportingController: 'tenantsync.dev/operator',
    reportingInstance: 'pod-1',
    regarding: { apiVersion: 'contract.example.dev/v1', kind: 'Widget', namespace: api.namespace, name: 'a', uid: 'u' },
    type: 'Normal',
    reason: 'Measured',
    action: 'Measure',
    note: 'It is small.',
    ...change,
  };
}

describe('an Event', () => {
  test('of events.k8s.io/v1 is the same object in core/v1, under the names that kubectl asks for', async () => {
    const api = await client();
    const { status, body } = await api.call('POST', modern(api), event(api));
    expect([status, body.note, body.reason]).toEqual([201, 'It is small.', 'Measured']);
    const { body: seen } = await api.get(`${core(api)}/a.1`);
    expect(seen).toMatchObject({
      kind: 'Event',
      apiVersion: 'v1',
      involvedObject: { kind: 'Widget', name: 'a', uid: 'u' },
      message: 'It is small.',
      reportingComponent: 'tenantsync.dev/operator',
      reportingInstance: 'pod-1',
      eventTime: at,
    });
  });

  test('is found by what it is about', async () => {
    const api = await client();
    await api.call('POST', modern(api), event(api));
    const about = `involvedObject.kind=Widget,involvedObject.name=a,involvedObject.uid=u,involvedObject.namespace=${api.namespace}`;
    expect(namesOf(await api.get(`${core(api)}?fieldSelector=${encodeURIComponent(about)}`))).toEqual(['a.1']);
    expect(namesOf(await api.get(`${core(api)}?fieldSelector=involvedObject.name%3Db`))).toEqual([]);
    expect(namesOf(await api.get(`${modern(api)}?fieldSelector=${encodeURIComponent('regarding.name=a,type=Normal')}`))).toEqual(['a.1']);
  });

  test('becomes a series by a patch, and counts on', async () => {
    const api = await client();
    await api.call('POST', modern(api), event(api));
    for (const count of [2, 7]) {
      const series = { count, lastObservedTime: '2026-01-05T08:05:00.000001Z' };
      const { status, body } = await api.call('PATCH', `${modern(api)}/a.1`, { series });
      expect([status, body.series]).toEqual([200, series]);
    }
  });

  test('can be born as a series', async () => {
    const api = await client();
    const series = { count: 3, lastObservedTime: at };
    expect((await api.call('POST', modern(api), event(api, { series }))).body.series).toEqual(series);
  });

  test.each([
    [{ action: undefined }, 422, 'action: Required value'],
    [{ reason: undefined }, 422, 'reason: Required value'],
    [{ reportingController: undefined }, 422, 'reportingController: Required value'],
    [{ reportingInstance: undefined }, 422, 'reportingInstance: Required value'],
    [{ eventTime: undefined }, 422, 'eventTime: Required value'],
    [{ type: 'Odd' }, 422, 'type: Invalid value: "": has invalid value: Odd'],
    [{ reason: 'r'.repeat(129) }, 422, 'reason: Invalid value: "": can have at most 128 characters'],
    [{ action: 'a'.repeat(129) }, 422, 'action: Invalid value: "": can have at most 128 characters'],
    [{ series: { count: 1, lastObservedTime: at } }, 422, 'series.count: Invalid value: "": should be at least 2'],
    [{ series: { count: 2 } }, 422, 'series.lastObservedTime: Required value'],
    [{ eventTime: '2026-01-05T08:00:00Z' }, 400, 'Event in version "v1" cannot be handled as a Event: parsing time'],
  ])('with %j is a %i', async (change, status, message) => {
    const api = await client();
    const { body } = await api.call('POST', modern(api), event(api, change));
    expect([body.code, body.message]).toEqual([status, expect.stringContaining(message)]);
  });

  test('keeps everything but its series', async () => {
    const api = await client();
    await api.call('POST', modern(api), event(api));
    const { body } = await api.call('PATCH', `${modern(api)}/a.1`, { note: 'It is large.' });
    expect(body).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(body.message).toMatchSnapshot();
  });

  test('has a note of at most 1024 characters', async () => {
    const api = await client();
    expect((await api.call('POST', modern(api), event(api, { note: 'n'.repeat(1024) }))).status).toBe(201);
    const { body } = await api.call('POST', modern(api), event(api, { note: 'n'.repeat(1025) }));
    expect(body.message).toBe('Event "a.1" is invalid: message: Invalid value: "": can have at most 1024 characters');
  });

  test.each([
    ['in another namespace', { kind: 'Widget', namespace: 'other', name: 'a' }],
    ['without a namespace', { apiVersion: 'v1', kind: 'Namespace', name: 'x' }],
  ])('about something %s', async (_, regarding) => {
    const api = await client();
    const { body } = await api.call('POST', modern(api), event(api, { regarding }));
    expect([body.code, body.message]).toMatchSnapshot();
  });
});
