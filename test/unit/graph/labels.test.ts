import fc from 'fast-check';
import { GraphClient } from '../../../src/graph/http/client.ts';
import { GraphTarget } from '../../../src/graph/directory/target.ts';
import { scopeLabel, scopeLabels, throttleSignals } from '../../../src/graph/quota/throttle-headers.ts';
import { statusLabel } from '../../../src/ports/metrics.ts';
import { Metrics } from '../../../src/telemetry/registry.ts';
import { graphMetrics } from '../../../src/telemetry/runtime-metrics.ts';
import { call, envelope, failureOf, id, tenantId, world } from './support.ts';

const levels = ['Tenant_Application', 'TENANT', 'application', 'Tenant', 'Somebody'];
const kinds = ['Read', 'write', 'READWRITE', 'Read-1', 'Read x', ''];
const scope = fc
  .tuple(fc.constantFrom(...levels), fc.constantFrom(...kinds), fc.string(), fc.constantFrom('/', '', ' / '))
  .map(([level, kind, rest, separator]) => `${level}/${kind}${separator}${rest}`);

describe('Labels of metrics', () => {
  test('a thousand forms of the throttle scope make ten series at most, and a thousand statuses a few dozen', async () => {
    const metrics = new Metrics();
    let reply = { status: 200, scope: '' };
    const { client, clock } = world(() => ({}));
    const options = {
      ...client.options,
      metrics: graphMetrics(metrics),
      fetch: () =>
        Promise.resolve(new Response('{}', { status: reply.status, headers: { 'retry-after': '1', 'x-ms-throttle-scope': reply.scope } })),
    };
    const context = { tenantId, tokens: options.tokens, clock, facts: {}, credentialExpiresAt: undefined };
    const target = new GraphTarget({ ...context, client: new GraphClient(options) });
    for (let n = 0; n < 1000; n += 1) {
      reply = { status: 400 + (n % 200), scope: `${levels[n % 5] ?? ''}/${kinds[n % 6] ?? ''}/${n}` };
      if (n % 2 === 0) reply = { status: 429, scope: `Tenant/Read-${n}/x` };
      await failureOf(target.getUser(id(1), [], call()));
      await clock.advance(61_000);
    }
    const { body } = await metrics.expose();
    const series = (name: string): readonly string[] => body.split('\n').filter((line) => line.startsWith(`${name}{`));
    expect(series('tenantsync_graph_throttled_total').length).toBeLessThanOrEqual(scopeLabels.length);
    expect(series('tenantsync_graph_requests_total').length).toBeLessThanOrEqual(30);
  });

  test('a scope is one of a closed list, whatever the header says', () => {
    fc.assert(
      fc.property(fc.oneof(scope, fc.string()), (header) => {
        const signals = throttleSignals((name) => (name === 'x-ms-throttle-scope' ? header : null), 0);
        expect(scopeLabels).toContain(scopeLabel(signals.scope));
      }),
    );
    const label = (header: string) => scopeLabel(throttleSignals((name) => (name === 'x-ms-throttle-scope' ? header : null), 0).scope);
    expect(label(`TENANT_application/readwrite/${id(1)}/${id(2)}`)).toBe('Tenant_Application/ReadWrite');
    expect(label('Tenant/Read-7/x')).toBe('unknown');
  });

  test('a status is one of a closed list', () => {
    const labels = new Set(Array.from({ length: 400 }, (_, n) => statusLabel(200 + n)));
    expect(labels.size).toBeLessThan(40);
    expect([200, 404, 429, 503, 418, 599].map(statusLabel)).toEqual(['200', '404', '429', '503', '4xx', '5xx']);
  });

  test('a code of a failure is one of the table, whatever the answer says', async () => {
    const codes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.constantFrom('BadRequest', 'badrequest', 'AADSTS7000215', 'Forbidden')),
        fc.constantFrom(400, 403, 404, 500),
        async (code, status) => {
          const { target } = world(() => ({ status, body: envelope(code, '', { innerError: { code: `${code}x` } }) }));
          codes.add((await failureOf(target.getUser(id(1), [], call()))).code);
        },
      ),
      { numRuns: 300 },
    );
    expect([...codes].every((code) => ['Other', 'BadRequest', 'Forbidden'].includes(code))).toBe(true);
  });
});
