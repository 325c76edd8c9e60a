{{- define "tenantsync.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* At most 52 characters, so that every suffix of ours fits into 63. */ -}}
{{- define "tenantsync.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "tenantsync.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- /* Of objects in the cluster's scope: two releases of the same name in two namespaces must not meet. */ -}}
{{- define "tenantsync.clusterName" -}}
{{- printf "%s.%s" (include "tenantsync.namespace" .) (include "tenantsync.fullname" .) -}}
{{- end -}}

{{- define "tenantsync.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "tenantsync.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "tenantsync.releaseName" -}}
{{- printf "%s-release" (include "tenantsync.fullname" .) -}}
{{- end -}}

{{- define "tenantsync.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tenantsync.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "tenantsync.operatorSelectorLabels" -}}
{{ include "tenantsync.selectorLabels" . }}
app.kubernetes.io/component: operator
{{- end -}}

{{- /* Without a component: what each object is adds it. */ -}}
{{- define "tenantsync.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "tenantsync.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: tenantsync
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "tenantsync.crdMetadata" -}}
labels:
  {{- include "tenantsync.labels" . | nindent 2 }}
{{- $annotations := .Values.crds.annotations }}
{{- if .Values.crds.keep }}
{{- $annotations = merge (dict "helm.sh/resource-policy" "keep") $annotations }}
{{- end }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "tenantsync.image" -}}
{{- with .Values.image -}}
{{- with .registry }}{{ . }}/{{ end }}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}
{{- end -}}

{{- /* What is wrong with the values as a whole. Included by the Deployment, so that nothing is rendered past it. */ -}}
{{- define "tenantsync.validate" -}}
{{- with .Values.podDisruptionBudget -}}
{{- if and .enabled (ne (toString .minAvailable) "") (ne (toString .maxUnavailable) "") -}}
{{- fail "podDisruptionBudget: set minAvailable or maxUnavailable, not both; empty the other with ''" -}}
{{- end -}}
{{- if and .enabled (eq (toString .minAvailable) "") (eq (toString .maxUnavailable) "") -}}
{{- fail "podDisruptionBudget: set minAvailable or maxUnavailable, or enabled to false" -}}
{{- end -}}
{{- end -}}
{{- with .Values.metrics -}}
{{- if and .serviceMonitor.enabled .podMonitor.enabled -}}
{{- fail "metrics: serviceMonitor and podMonitor would both read the same replicas; enable one of them" -}}
{{- end -}}
{{- if and (or .serviceMonitor.enabled .podMonitor.enabled) (not .enabled) -}}
{{- fail "metrics: a monitor needs metrics.enabled" -}}
{{- end -}}
{{- if and .serviceMonitor.enabled (not .service.create) -}}
{{- fail "metrics: serviceMonitor needs metrics.service.create; podMonitor does not" -}}
{{- end -}}
{{- end -}}
{{- if .Values.watchNamespaces -}}
{{- range without (default list .Values.rbac.credentialNamespaces) "*" -}}
{{- if not (has . $.Values.watchNamespaces) -}}
{{- fail (printf "rbac.credentialNamespaces: %s is not watched; add it to watchNamespaces, or take it off" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.rbac.create (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) -}}
{{- fail "serviceAccount: without create, name must say whom the rights are given to; not to the namespace's default ServiceAccount" -}}
{{- end -}}
{{- if and .Values.azureWorkloadIdentity.enabled .Values.azureWorkloadIdentity.webhook (not .Values.serviceAccount.create) (or .Values.azureWorkloadIdentity.clientId .Values.azureWorkloadIdentity.tenantId) -}}
{{- fail "azureWorkloadIdentity: clientId and tenantId are annotations of the ServiceAccount, which this release does not create" -}}
{{- end -}}
{{- end -}}

{{- /*
Whether the PodDisruptionBudget keeps every replica in its place. Kubernetes rounds percentages up: of minAvailable, so that they may
let nobody go, and of maxUnavailable, where therefore only nothing is none.
*/ -}}
{{- define "tenantsync.drainsBlocked" -}}
{{- $replicas := int .Values.replicas -}}
{{- with .Values.podDisruptionBudget -}}
{{- if and .enabled (gt $replicas 0) -}}
{{- $stay := toString .minAvailable -}}
{{- if eq $stay "" -}}
{{- if regexMatch "^0+%?$" (toString .maxUnavailable) -}}true{{- end -}}
{{- else if hasSuffix "%" $stay -}}
{{- if ge (div (add (mul (trimSuffix "%" $stay | atoi) $replicas) 99) 100 | int) $replicas -}}true{{- end -}}
{{- else if ge (int .minAvailable) $replicas -}}true
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
Whether an object of the Prometheus Operator is to be rendered, or of another one. Takes (dict "monitor" ... "kind" ... "root" $), and
"api" and "operator" of the other one. An upgrade that reuses the values of a release of an earlier chart knows no monitor of a later one:
it is off.
*/ -}}
{{- define "tenantsync.monitorRendered" -}}
{{- $there := .root.Capabilities.APIVersions.Has (printf "%s/%s" (default "monitoring.coreos.com/v1" .api) .kind) -}}
{{- $kind := .kind -}}
{{- $operator := default "Prometheus Operator" .operator -}}
{{- with .monitor -}}
{{- if .enabled -}}
{{- if and (not $there) (eq .renderMode "failIfMissing") -}}
{{- fail (printf "%s is not defined in this cluster; install the %s first, or set renderMode" $kind $operator) -}}
{{- end -}}
{{- if or $there (ne .renderMode "skipIfMissing") -}}true{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The part that ServiceMonitor and PodMonitor have in common. */ -}}
{{- define "tenantsync.monitorEndpoint" -}}
- port: metrics
  path: /metrics
  {{- with .interval }}
  interval: {{ . | quote }}
  {{- end }}
  {{- with .scrapeTimeout }}
  scrapeTimeout: {{ . | quote }}
  {{- end }}
  honorLabels: {{ .honorLabels }}
  {{- with .relabelings }}
  relabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .metricRelabelings }}
  metricRelabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
