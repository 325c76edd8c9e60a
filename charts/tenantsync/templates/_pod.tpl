{{- /* What the operator's pods, the release hook's and the test's have in common. */ -}}
{{- define "tenantsync.podSettings" -}}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
{{- with .Values.schedulerName }}
schedulerName: {{ . | quote }}
{{- end }}
{{- if not (kindIs "invalid" .Values.hostUsers) }}
hostUsers: {{ .Values.hostUsers }}
{{- end }}
{{- with .Values.dnsPolicy }}
dnsPolicy: {{ . | quote }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "tenantsync.container" -}}
image: {{ include "tenantsync.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
{{- end -}}

{{- /* The entry point of the image is Node. */ -}}
{{- define "tenantsync.operatorArgs" -}}
{{- range .Values.nodeArgs }}
- {{ . | quote }}
{{- end }}
- dist/main.js
- operator
- --shards={{ .Values.shards }}
- --leader-election-lease-duration={{ (.Values.leaderElection).leaseDuration | default "15s" }}
- --leader-election-renew-deadline={{ (.Values.leaderElection).renewDeadline | default "10s" }}
- --leader-election-retry-period={{ (.Values.leaderElection).retryPeriod | default "2s" }}
{{- with .Values.watchNamespaces }}
- --watch-namespaces={{ join "," . }}
{{- end }}
{{- with .Values.identityNamespaces }}
- --identity-namespaces={{ join "," . }}
{{- end }}
- --graph-quota-share={{ .Values.graphQuotaShare }}
- --replication-window={{ .Values.replicationWindow }}
- --installation-id={{ .Values.installationId }}
- --deciders={{ ternary "Verified" "Unverified" .Values.admissionPolicy.enabled }}
- --log-level={{ .Values.logging.level }}
- --log-format={{ .Values.logging.format }}
- --metrics-bind-address={{ ternary ":8080" "0" .Values.metrics.enabled }}
- --health-probe-bind-address=:8081
{{- if .Values.clouds }}
- --clouds-file=/etc/tenantsync/clouds.yaml
{{- end }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}
