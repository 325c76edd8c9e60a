import { Client } from '@microsoft/microsoft-graph-client';
import { requestToken, text, world } from './support.ts';

describe('The Graph client library against the in-process transport', () => {
  it('reads, filters, references and batches', async () => {
    const { entra, target, targetApp } = world();
    const token = text((await requestToken(entra, target, { client_id: targetApp.appId, client_secret: 's3cret' })).body.access_token);
    const graph = Client.initWithMiddleware({
      middleware: {
        execute: async (context) => {
          const { method = 'GET', body, headers } = context.options ?? {};
          const request: unknown = context.request;
          const url = typeof request === 'string' ? request : '';
          const sent = { ...Object.fromEntries(new Headers(headers)), authorization: `Bearer ${token}` };
          context.response = await entra.fetch(url, { method, headers: sent, ...(typeof body === 'string' ? { body } : {}) });
        },
      },
    });
    const anna = target.createUser({ properties: { displayName: 'Anna', mail: "o'neil@fabrikam.com" } });
    const boss = target.createUser({ properties: { displayName: 'Boss' } });
    const found = (await graph.api('/users').filter("mail eq 'o''neil@fabrikam.com'").select('id').get()) as { value: unknown };
    expect(found.value).toEqual([{ id: anna.id }]);
    await graph.api(`/users/${anna.id}/manager/$ref`).put({ '@odata.id': `https://graph.microsoft.com/v1.0/users/${boss.id}` });
    expect(target.user(anna.id)?.managerId).toBe(boss.id);
    const requests = [{ id: '1', method: 'GET', url: `/users/${anna.id}/manager?$select=id` }];
    const batch = (await graph.api('/$batch').post({ requests })) as { responses: { body: unknown }[] };
    expect(batch.responses[0]?.body).toMatchObject({ id: boss.id });
    await expect(graph.api('/users/none').get()).rejects.toMatchObject({ statusCode: 404, code: 'Request_ResourceNotFound' });
  });
});
