{{/* The name of what belongs to the bot: the release's, with podwhy in it. */}}
{{- define "podwhy.name" -}}
{{- if contains "podwhy" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-podwhy" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "podwhy.account" -}}
{{- .Values.serviceAccount.name | default (include "podwhy.name" .) }}
{{- end }}

{{/* The service account whose records and tickets are believed. */}}
{{- define "podwhy.bot" -}}
{{- $namespace := .Values.agent.bot.namespace | default .Release.Namespace }}
{{- $account := .Values.agent.bot.serviceAccount | default (include "podwhy.account" .) }}
{{- printf "system:serviceaccount:%s:%s" $namespace $account }}
{{- end }}

{{/* Whose Remediations are believed: this release's bot, where it has one. */}}
{{- define "podwhy.remediator" -}}
{{- if .Values.bot.enabled }}{{ printf "system:serviceaccount:%s:%s" .Release.Namespace (include "podwhy.account" .) }}{{ else }}{{ include "podwhy.bot" . }}{{ end }}
{{- end }}

{{- define "podwhy.selector" -}}
app.kubernetes.io/name: podwhy
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: bot
{{- end }}

{{- define "podwhy.labels" -}}
app.kubernetes.io/name: podwhy
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* podwhy-agent@sha256:… or podwhy-agent:0.1.0 */}}
{{- define "podwhy.image" -}}
{{- if .image.digest }}{{ printf "%s@%s" .image.repository .image.digest }}{{ else }}{{ printf "%s:%s" .image.repository (.image.tag | default .version) }}{{ end }}
{{- end }}

{{/* A binding of a Role or ClusterRole to the bot: kind, name, namespace, root. */}}
{{- define "podwhy.binding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "podwhy.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "podwhy.account" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}

{{/* A Role with rules, and its binding; nothing without rules: kind, name, namespace, rules, root. */}}
{{- define "podwhy.role" -}}
{{- if .rules | trim }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "podwhy.labels" .root | nindent 4 }}
rules:
  {{- .rules | trim | nindent 2 }}
---
{{ include "podwhy.binding" . }}
{{- end }}
{{- end }}

{{/* The name of what belongs to the agents. */}}
{{- define "podwhy.agent" -}}
{{ include "podwhy.name" . }}-agent
{{- end }}

{{- define "podwhy.agent.selector" -}}
app.kubernetes.io/name: podwhy
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: agent
{{- end }}
