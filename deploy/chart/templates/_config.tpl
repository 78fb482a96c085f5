{{/* podwhy's configuration: the chart's part, and over it what the values say. */}}
{{- define "podwhy.config" -}}
{{- $cluster := dict "name" .Values.clusterName "in_cluster" true }}
{{- with .Values.rbac.namespaces }}{{- $_ := set $cluster "namespaces" . }}{{- end }}
{{- if .Values.agent.enabled }}{{- $_ := set $cluster "agents" .Release.Namespace }}{{- end }}
{{- $serve := dict "listen" "0.0.0.0:8080" "namespace" .Release.Namespace "claims" "leases" "logs" "json" }}
{{- $own := dict "serve" $serve "incidents" (dict "namespace" .Release.Namespace) "clusters" (list $cluster) }}
{{- $all := mergeOverwrite $own (deepCopy .Values.config) }}
{{- if not $all.clusters }}{{- $_ := set $all "clusters" (list $cluster) }}{{- end }}
{{- range $section := list "serve" "incidents" }}
{{- if ne (get (get $all $section) "namespace") $.Release.Namespace }}
{{- fail (printf "config.%s.namespace: podwhy keeps its records in the release's namespace, where the chart gives it rights: leave it out" $section) }}
{{- end }}
{{- end }}
{{- $all | toJson }}
{{- end }}

{{/* The cluster that the release is in, as the configuration has it: its default one, where podwhy keeps its records. */}}
{{- define "podwhy.cluster" -}}
{{- $own := first .clusters }}
{{- if .default_cluster }}{{- range .clusters }}{{- if eq .name $.default_cluster }}{{- $own = . }}{{- end }}{{- end }}{{- end }}
{{- if not $own.in_cluster }}
{{- fail "config.clusters: the default one (config.default_cluster, else the first) needs in_cluster: true: podwhy keeps its records there, and the chart gives rights in the cluster it is installed in" }}
{{- end }}
{{- $own | toJson }}
{{- end }}

{{/* What the configuration has podwhy do, as far as it takes rights: bot/src/needs.rs says the same. */}}
{{- define "podwhy.needs" -}}
{{- $config := include "podwhy.config" . | fromJson }}
{{- $cluster := include "podwhy.cluster" $config | fromJson }}
{{- if ne (toJson .Values.rbac.namespaces) (toJson ($cluster.namespaces | default list)) }}
{{- fail "rbac.namespaces: config.clusters is set; its entry of this cluster needs the same namespaces" }}
{{- end }}
{{- if and .Values.agent.enabled .Values.bot.enabled (not $cluster.agents) }}
{{- fail "agent.enabled: config.clusters is set; its entry of this cluster needs agents with the release's namespace" }}
{{- end }}
{{- $acts := hasKey $config "remediation" }}
{{- $agents := hasKey $cluster "agents" }}
{{- $needs := dict "read" true "chat" (or (hasKey $config "slack") (hasKey $config "discord")) }}
{{- $_ := set $needs "secrets" (ne ($config.secrets | default "none") "none") }}
{{- $_ := set $needs "persons" (eq (dig "read" "as" "channel" $config) "person") }}
{{- $_ := set $needs "claims" (eq $config.serve.claims "leases") }}
{{- $_ := set $needs "incidents" (not (not (or $config.routes $config.digests))) }}
{{- range $config.routes }}{{- if .watch }}{{- $_ := set $needs "watch" true }}{{- end }}{{- end }}
{{- $_ := set $needs "act" $acts }}
{{- $_ := set $needs "agents" $agents }}
{{- if $acts }}
{{- $_ := set $needs "tickets" (and $agents (hasKey $config.remediation "ticket_key")) }}
{{- $known := include "podwhy.remedies" . | fromJson }}
{{- range $config.remediation.remedies | default $known.usual }}
{{- with get $known.needs . }}{{- $_ := set $needs . true }}{{- end }}
{{- end }}
{{- $_ := set $needs "witnesses" (and $agents (hasKey $needs "deadNodes")) }}
{{- end }}
{{- $needs | toJson }}
{{- end }}

{{/* The same, as far as rbac.cluster lets it reach beyond namespaces. */}}
{{- define "podwhy.needs.cluster" -}}
{{- $needs := include "podwhy.needs" . | fromJson }}
{{- $acting := include "podwhy.acting" . | fromJsonArray }}
{{- range $need, $is := $needs }}
{{- $allowed := ternary $.Values.rbac.cluster.remediate $.Values.rbac.cluster.read (has $need $acting) }}
{{- $_ := set $needs $need (and $is $allowed) }}
{{- end }}
{{- $needs | toJson }}
{{- end }}

{{/* Whom podwhy writes as: users, groups, and service accounts by namespace. */}}
{{- define "podwhy.people" -}}
{{- $config := include "podwhy.config" . | fromJson }}
{{- $users := list }}{{- $groups := list }}{{- $accounts := dict }}
{{- if and (hasKey $config "remediation") .Values.rbac.cluster.remediate }}
{{- range $config.people }}
{{- if hasPrefix "system:serviceaccount:" .user }}
{{- $parts := splitn ":" 4 .user }}
{{- $_ := set $accounts $parts._2 (append (get $accounts $parts._2 | default list) $parts._3 | uniq | sortAlpha) }}
{{- else }}{{- $users = append $users .user }}{{- end }}
{{- range .groups }}{{- $groups = append $groups . }}{{- end }}
{{- end }}
{{- range $config.chat_groups }}{{- range .groups }}{{- $groups = append $groups . }}{{- end }}{{- end }}
{{- end }}
{{- dict "users" ($users | uniq | sortAlpha) "groups" ($groups | uniq | sortAlpha) "accounts" $accounts | toJson }}
{{- end }}

{{/* A rule that lets podwhy be these and nobody else; an empty resourceNames would mean everybody: resource, names. */}}
{{- define "podwhy.impersonate" -}}
{{- if .names }}
- apiGroups: [""]
  resources: [{{ .resource | quote }}]
  verbs: ["impersonate"]
  resourceNames:
    {{- range .names }}
    - {{ . | quote }}
    {{- end }}
{{- end }}
{{- end }}
