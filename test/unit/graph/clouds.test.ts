import { builtInClouds, cloudsFromFile, CloudsFileError } from '../../../src/graph/clouds.ts';

describe('Clouds', () => {
  test("each of Microsoft's clouds has its own authority, Graph and audiences", () => {
    expect(builtInClouds.map((cloud) => [cloud.name, cloud.authorityHost, cloud.graphHost, cloud.federationAudience])).toEqual([
      ['Global', 'https://login.microsoftonline.com', 'https://graph.microsoft.com', 'api://AzureADTokenExchange'],
      ['USGovL4', 'https://login.microsoftonline.us', 'https://graph.microsoft.us', 'api://AzureADTokenExchangeUSGov'],
      ['USGovL5', 'https://login.microsoftonline.us', 'https://dod-graph.microsoft.us', 'api://AzureADTokenExchangeUSGov'],
      ['China', 'https://login.chinacloudapi.cn', 'https://microsoftgraph.chinacloudapi.cn', 'api://AzureADTokenExchangeChina'],
    ]);
  });

  test('a clouds file adds further ones', () => {
    const file = {
      lab: { authorityHost: 'https://login.lab.example:8443/', graphHost: 'https://graph.lab.example', caBundleFile: '/etc/lab.pem' },
    };
    expect(cloudsFromFile(file)).toMatchObject([
      {
        name: 'lab',
        authorityHost: 'https://login.lab.example:8443',
        graphHost: 'https://graph.lab.example',
        audience: 'https://graph.lab.example',
        caBundleFile: '/etc/lab.pem',
        builtIn: false,
      },
    ]);
    expect(cloudsFromFile({ lab: { ...file.lab, audience: 'api://graph' } })[0]?.audience).toBe('api://graph');
    expect(cloudsFromFile(undefined)).toEqual([]);
  });

  const good = { authorityHost: 'https://login.example', graphHost: 'https://graph.example' };
  test.each([
    [[], '(root)'],
    [{ global: good }, 'global'],
    [{ '1x': good }, '1x'],
    [{ lab: 7 }, 'lab'],
    [{ lab: { graphHost: good.graphHost } }, 'lab.authorityHost'],
    [{ lab: { ...good, graphHost: 'http://graph.example' } }, 'lab.graphHost'],
    [{ lab: { ...good, graphHost: 'https://graph.example/v1.0' } }, 'lab.graphHost'],
    [{ lab: { ...good, graphHost: 'https://user:secret@graph.example' } }, 'lab.graphHost'],
    [{ lab: { ...good, authorityHost: 'login.example' } }, 'lab.authorityHost'],
    [{ lab: { ...good, audience: '' } }, 'lab.audience'],
    [{ lab: { ...good, caBundle: 'x' } }, 'lab.caBundle'],
    [{ lab: { ...good, caBundleFile: ['x'] } }, 'lab.caBundleFile'],
  ])('%j is refused, naming %s', (file, field) => {
    let error: unknown;
    try {
      cloudsFromFile(file);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(CloudsFileError);
    expect((error as CloudsFileError).field).toBe(field);
    expect((error as CloudsFileError).message).toContain(field);
  });
});
