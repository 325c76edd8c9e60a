import { createSecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';

/** A server that speaks HTTP/2 with everybody who can, and HTTP/1.1 with others, as kube-apiserver and Graph do. */
export interface Http2Server {
  readonly url: string;
  /** What each request was made in: '1.1' or '2.0'. */
  readonly versions: readonly string[];
  close(): Promise<void>;
}

export async function serveHttp2(certificate: { readonly private: string; readonly cert: string }): Promise<Http2Server> {
  const versions: string[] = [];
  const sockets = new Set<Socket>();
  const server = createSecureServer({ key: certificate.private, cert: certificate.cert, allowHTTP1: true }, (request, response) => {
    versions.push(request.httpVersion);
    response.end('{}');
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    versions,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
