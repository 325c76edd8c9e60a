/** The kinds of the Prometheus Operator and of the Grafana Operator, as far as it takes to have them: anything goes in their specs. */
export const monitoringDefinitions = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    definition('ServiceMonitor', 'servicemonitors'),
    definition('PodMonitor', 'podmonitors'),
    definition('PrometheusRule', 'prometheusrules'),
    definition('GrafanaDashboard', 'grafanadashboards', { group: 'grafana.integreatly.org', version: 'v1beta1' }),
  ],
};

function definition(kind: string, plural: string, api = { group: 'monitoring.coreos.com', version: 'v1' }): object {
  const { group, version } = api;
  const schema = { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}
