{{- /* What the operator does in the namespaces it watches. test/cluster/helm holds this against what it asks for. */ -}}
{{- define "tenantsync.watchRules" -}}
- apiGroups: [tenantsync.dev]
  resources: [tenantpairs]
  verbs: [list, watch, patch]
- apiGroups: [tenantsync.dev]
  resources: [syncconfigurations]
  verbs: [get, list, watch, patch]
- apiGroups: [tenantsync.dev]
  resources: [userprojections]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [tenantsync.dev]
  resources: [groupprojections]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [tenantsync.dev]
  resources: [tenantpairs/status, syncconfigurations/status, userprojections/status, groupprojections/status]
  verbs: [patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{- /* What it does where TenantPairs may name Secrets and ServiceAccounts. */ -}}
{{- define "tenantsync.credentialRules" -}}
- apiGroups: ['']
  resources: [secrets]
  verbs: [get]
  {{- with .Values.rbac.secretNames }}
  resourceNames:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- with .Values.rbac.serviceAccountTokens }}
{{- if .enabled }}
- apiGroups: ['']
  resources: [serviceaccounts/token]
  verbs: [create]
  {{- with .names }}
  resourceNames:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* What tenantsync release does in the namespaces watched. */ -}}
{{- define "tenantsync.releaseRules" -}}
- apiGroups: [tenantsync.dev]
  resources: [tenantpairs, syncconfigurations, userprojections]
  verbs: [list, patch]
{{- end -}}

{{- /*
Rights in namespaces, as Roles there, or as one ClusterRole in all when none is named.
Takes (dict "root" $ "namespaces" ... "name" ... "account" ... "rules" ... "annotations" ...).
*/ -}}
{{- define "tenantsync.namespaceRights" -}}
{{- $root := .root -}}
{{- $name := .name -}}
{{- $clusterName := printf "%s.%s" (include "tenantsync.namespace" $root) .name -}}
{{- $account := .account -}}
{{- $rules := .rules -}}
{{- $annotations := .annotations -}}
{{- range $namespace := .namespaces }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $clusterName | quote }}
  namespace: {{ $namespace | quote }}
  labels:
    {{- include "tenantsync.labels" $root | nindent 4 }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
rules:
  {{- $rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $clusterName | quote }}
  namespace: {{ $namespace | quote }}
  labels:
    {{- include "tenantsync.labels" $root | nindent 4 }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $clusterName | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ $account | quote }}
    namespace: {{ include "tenantsync.namespace" $root | quote }}
{{- else }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ $clusterName | quote }}
  labels:
    {{- include "tenantsync.labels" $root | nindent 4 }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
rules:
  {{- $rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ $clusterName | quote }}
  labels:
    {{- include "tenantsync.labels" $root | nindent 4 }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $clusterName | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ $account | quote }}
    namespace: {{ include "tenantsync.namespace" $root | quote }}
{{- end }}
{{- end -}}

{{- /* Rights in the release's own namespace. Takes the same, without "namespaces" and with the "suffix" of the name. */ -}}
{{- define "tenantsync.ownRights" -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name }}-{{ .suffix }}
  namespace: {{ include "tenantsync.namespace" .root | quote }}
  labels:
    {{- include "tenantsync.labels" .root | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}-{{ .suffix }}
  namespace: {{ include "tenantsync.namespace" .root | quote }}
  labels:
    {{- include "tenantsync.labels" .root | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name }}-{{ .suffix }}
subjects:
  - kind: ServiceAccount
    name: {{ .account | quote }}
    namespace: {{ include "tenantsync.namespace" .root | quote }}
{{- end -}}

{{- /* Rights of an operator on the Leases of its shards, and no other. Creating cannot be narrowed by name. */ -}}
{{- define "tenantsync.leaseRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [list, create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, update]
  resourceNames:
    {{- range $shard := until (int .Values.shards) }}
    - tenantsync-shard-{{ $shard }}
    {{- end }}
{{- end -}}

{{- /* What it notes beyond the life of its resources, and delta links, in ConfigMaps. Creating cannot be narrowed by name. */ -}}
{{- define "tenantsync.notesRules" -}}
- apiGroups: ['']
  resources: [configmaps]
  verbs: [create]
- apiGroups: ['']
  resources: [configmaps]
  verbs: [get, patch]
  resourceNames:
    - tenantsync-guard
    {{- range $map := until 8 }}
    - tenantsync-links-{{ $map }}
    {{- end }}
{{- end -}}

{{- define "tenantsync.releaseLeaseRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [list, create, update]
{{- end -}}
