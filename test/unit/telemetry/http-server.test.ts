import { request } from 'node:http';
import { EndpointServer, healthHandlers, metricsHandlers, parseBindAddress, type Endpoint } from '../../../src/telemetry/http-server.ts';
import { Metrics } from '../../../src/telemetry/registry.ts';

const local = { host: '127.0.0.1', port: 0 };

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

function call(server: EndpointServer, path: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: server.port, path, method }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', body }));
    })
      .on('error', reject)
      .end();
  });
}

/** Runs `use` with a server of these handlers. */
async function served(
  handlers: Readonly<Record<string, () => Endpoint | Promise<Endpoint>>>,
  use: (server: EndpointServer) => Promise<void>,
): Promise<void> {
  const server = new EndpointServer('test', local, handlers);
  await server.start();
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

describe('an address', () => {
  test.each([
    [':8080', { host: undefined, port: 8080 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['localhost:65535', { host: 'localhost', port: 65535 }],
    ['[::]:8080', { host: '::', port: 8080 }],
  ])('%s is understood', (text, expected) => {
    expect(parseBindAddress(text)).toEqual(expected);
  });

  test.each(['', '8080', ':', ':65536', '::1:80', 'host:port', 'http://host:80', '[::1]'])('%s is not', (text) => {
    expect(parseBindAddress(text)).toBeUndefined();
  });
});

describe('the server', () => {
  const handlers = {
    '/ok': (): Endpoint => ({ status: 200, contentType: 'text/plain', body: 'fine\n' }),
    '/broken': (): Endpoint => {
      throw new Error('secret detail');
    },
  };

  test('takes a free port for port 0 and says which', async () => {
    await served(handlers, async (server) => {
      expect(server.port).toBeGreaterThan(0);
      expect(await call(server, '/ok')).toEqual({ status: 200, contentType: 'text/plain', body: 'fine\n' });
    });
  });

  test('ignores the query', async () => {
    await served(handlers, async (server) => expect((await call(server, '/ok?verbose=1')).status).toBe(200));
  });

  test('knows nothing but its paths and GET', async () => {
    await served(handlers, async (server) => {
      for (const path of ['/', '/ok/', '/constructor', '/__proto__', '/toString']) expect((await call(server, path)).status).toBe(404);
      expect((await call(server, '/ok', 'POST')).status).toBe(404);
    });
  });

  test('answers 500 without details when a handler fails', async () => {
    await served(handlers, async (server) => {
      expect(await call(server, '/broken')).toEqual({ status: 500, contentType: 'text/plain', body: 'internal error\n' });
    });
  });

  test('says at the start that its port is taken', async () => {
    await served(handlers, async (server) => {
      const second = new EndpointServer('second', { host: '127.0.0.1', port: server.port }, {});
      await expect(second.start()).rejects.toThrow('EADDRINUSE');
    });
  });

  test('answers nobody after its end', async () => {
    const server = new EndpointServer('test', local, handlers);
    await server.start();
    const { port } = server;
    await server.stop();
    const late = new EndpointServer('late', { host: '127.0.0.1', port }, handlers);
    await expect(late.start()).resolves.toBeUndefined();
    await late.stop();
  });
});

describe('/metrics', () => {
  test('is in the text format that Prometheus reads', async () => {
    const metrics = new Metrics();
    metrics.counter('things_total', 'Things.', []).inc({});
    await served(metricsHandlers(metrics), async (server) => {
      const answer = await call(server, '/metrics');
      expect(answer.status).toBe(200);
      expect(answer.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
      expect(answer.body).toContain('things_total 1\n');
    });
  });
});

describe('the probes', () => {
  test.each([
    ['/healthz', { ready: false, stuck: [] }, 200, 'ok'],
    ['/healthz', { ready: true, stuck: ['userprojection'] }, 500, 'stuck: userprojection'],
    ['/readyz', { ready: true, stuck: [] }, 200, 'ok'],
    ['/readyz', { ready: false, stuck: [] }, 503, 'the stores are not filled yet'],
  ])('%s with %j answers %i', async (path, { ready, stuck }, status, body) => {
    await served(healthHandlers({ ready, stuck: () => stuck }), async (server) => {
      expect(await call(server, path)).toEqual({ status, contentType: 'text/plain', body: `${body}\n` });
    });
  });
});
