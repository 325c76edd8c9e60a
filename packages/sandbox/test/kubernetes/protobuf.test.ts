import { Cluster, base } from './cluster.ts';

type Part = readonly [field: number, value: string | number | Buffer | readonly Part[]];

/** Encodes a message of small fields. */
function encode(parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map(([field, value]) => {
      if (typeof value === 'number') return Buffer.from([field << 3, value]);
      const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.isBuffer(value) ? value : encode(value);
      const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
      return Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), bytes]);
    }),
  );
}

function envelope(apiVersion: string, kind: string, raw: readonly Part[]): Uint8Array {
  const typeMeta: readonly Part[] = [
    [1, apiVersion],
    [2, kind],
  ];
  return Buffer.concat([
    Buffer.from('k8s\0'),
    encode([
      [1, typeMeta],
      [2, encode(raw)],
      [3, ''],
      [4, ''],
    ]),
  ]);
}

const type = { 'content-type': 'application/vnd.kubernetes.protobuf' };

test('kubectl create secret sends protobuf, and is understood', async () => {
  const body = envelope('v1', 'Secret', [
    [
      1,
      [
        [1, 's'],
        [2, ''],
        [3, 'default'],
        [
          11,
          [
            [1, 'app'],
            [2, 'x'],
          ],
        ],
      ],
    ],
    [
      2,
      [
        [1, 'key'],
        [2, 'v'.repeat(200)],
      ],
    ],
    [
      2,
      [
        [1, 'other'],
        [2, 'w'],
      ],
    ],
    [3, 'Opaque'],
  ]);
  const { status, body: answer } = await new Cluster().call('POST', '/api/v1/namespaces/default/secrets', body, type);
  expect(status).toBe(201);
  expect(answer).toMatchObject({
    metadata: { name: 's', namespace: 'default', labels: { app: 'x' } },
    type: 'Opaque',
    data: { key: Buffer.from('v'.repeat(200)).toString('base64'), other: 'dw==' },
  });
});

test('kubectl create configmap and namespace send protobuf, and are understood', async () => {
  const cluster = new Cluster();
  const map = envelope('v1', 'ConfigMap', [
    [1, [[1, 'c']]],
    [
      2,
      [
        [1, 'key'],
        [2, 'value'],
      ],
    ],
  ]);
  expect((await cluster.call('POST', '/api/v1/namespaces/default/configmaps', map, type)).body).toMatchObject({ data: { key: 'value' } });
  const namespace = envelope('v1', 'Namespace', [
    [1, [[1, 'fresh']]],
    [2, []],
    [3, []],
  ]);
  expect((await cluster.call('POST', '/api/v1/namespaces', namespace, type)).body).toMatchObject({
    metadata: { name: 'fresh' },
    status: { phase: 'Active' },
  });
});

test('kubectl create token and auth can-i send protobuf, and are understood', async () => {
  const cluster = new Cluster();
  cluster.kubernetes.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'bot' } });
  const request = envelope('authentication.k8s.io/v1', 'TokenRequest', [
    [1, []],
    [
      2,
      [
        [1, 'api://x'],
        [1, 'api://y'],
        [4, 0],
      ],
    ],
  ]);
  const refused = await cluster.call('POST', '/api/v1/namespaces/default/serviceaccounts/bot/token', request, type);
  expect(refused.body.message).toContain('spec.expirationSeconds');
  const access = envelope('authorization.k8s.io/v1', 'SelfSubjectAccessReview', [
    [1, []],
    [
      2,
      [
        [
          1,
          [
            [1, 'default'],
            [2, 'get'],
            [5, 'pods'],
          ],
        ],
      ],
    ],
  ]);
  const { body } = await cluster.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', access, type);
  expect(body).toMatchObject({
    spec: { resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods' } },
    status: { allowed: true },
  });
});

test('options of a deletion are understood', async () => {
  const cluster = new Cluster();
  await cluster.create('a');
  const options = envelope('v1', 'DeleteOptions', [
    [2, [[1, 'another-uid']]],
    [4, 'Background'],
  ]);
  expect((await cluster.call('DELETE', `${base}/a`, options, type)).body).toMatchObject({ code: 409, reason: 'Conflict' });
});

test('what is not known is a 415 that names what would be', async () => {
  const pod = envelope('v1', 'Pod', [[1, [[1, 'p']]]]);
  const { body } = await new Cluster().call('POST', '/api/v1/namespaces/default/pods', pod, type);
  expect(body).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
  expect(body.message).toContain('application/json');
});
