{{/* Generated from adapters/kubernetes/src/rights.rs; do not edit. UPDATE_EXPECT=1 cargo test -p podwhy-tests chart */}}
{{- define "podwhy.rights.namespaces" -}}
{{- if .read }}
# what is asked about, and what hangs on it
- apiGroups: [""]
  resources: ["pods", "services", "persistentvolumeclaims"]
  verbs: ["get", "list"]
- apiGroups: ["apps"]
  resources: ["daemonsets", "deployments", "replicasets", "statefulsets"]
  verbs: ["get", "list"]
- apiGroups: ["batch"]
  resources: ["cronjobs", "jobs"]
  verbs: ["get", "list"]
- apiGroups: [""]
  resources: ["pods/log"]
  verbs: ["get"]
- apiGroups: [""]
  resources: ["events"]
  verbs: ["list"]
# what it takes to start, and what may refuse it
- apiGroups: [""]
  resources: ["configmaps"]
  verbs: ["get"]
- apiGroups: [""]
  resources: ["limitranges", "resourcequotas", "serviceaccounts"]
  verbs: ["list"]
- apiGroups: ["discovery.k8s.io"]
  resources: ["endpointslices"]
  verbs: ["list"]
- apiGroups: ["resource.k8s.io"]
  resources: ["resourceclaims", "resourceclaimtemplates"]
  verbs: ["list"]
- apiGroups: ["rbac.authorization.k8s.io"]
  resources: ["rolebindings", "roles"]
  verbs: ["list"]
# how much memory it takes, where there is a metrics server
- apiGroups: ["metrics.k8s.io"]
  resources: ["pods"]
  verbs: ["get"]
{{- end }}
{{- if .secrets }}
# which Secrets there are. RBAC cannot limit this to their names: with it their values could be read, which podwhy never does
- apiGroups: [""]
  resources: ["secrets"]
  verbs: ["list"]
{{- end }}
{{- if or .chat .watch }}
# names that complete, and what begins to fail
- apiGroups: [""]
  resources: ["pods"]
  verbs: ["watch"]
{{- end }}
{{- end }}

{{- define "podwhy.rights.everywhere" -}}
{{- if .revisions }}
# which revisions were good
- apiGroups: ["apps"]
  resources: ["replicasets"]
  verbs: ["watch"]
{{- end }}
{{- if .controllers }}
# whether a finalizer's controller is gone
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  verbs: ["list"]
{{- end }}
{{- end }}

{{- define "podwhy.rights.cluster" -}}
{{- if .read }}
# where pods run, or could
- apiGroups: [""]
  resources: ["namespaces", "persistentvolumes"]
  verbs: ["get", "list"]
- apiGroups: ["storage.k8s.io"]
  resources: ["csinodes"]
  verbs: ["get", "list"]
- apiGroups: ["storage.k8s.io"]
  resources: ["storageclasses"]
  verbs: ["list"]
- apiGroups: ["node.k8s.io"]
  resources: ["runtimeclasses"]
  verbs: ["list"]
- apiGroups: ["resource.k8s.io"]
  resources: ["deviceclasses", "resourceslices"]
  verbs: ["list"]
# what may refuse them, or keep them
- apiGroups: ["admissionregistration.k8s.io"]
  resources: ["mutatingwebhookconfigurations", "validatingadmissionpolicies", "validatingadmissionpolicybindings", "validatingwebhookconfigurations"]
  verbs: ["list"]
- apiGroups: ["rbac.authorization.k8s.io"]
  resources: ["clusterrolebindings"]
  verbs: ["list"]
{{- end }}
{{- if or .read .act }}
# the node of a pod
- apiGroups: [""]
  resources: ["nodes"]
  verbs: ["get"]
{{- end }}
{{- if or .read .deadNodes }}
# all nodes, and what is attached to them
- apiGroups: [""]
  resources: ["nodes"]
  verbs: ["list"]
- apiGroups: ["storage.k8s.io"]
  resources: ["volumeattachments"]
  verbs: ["list"]
{{- end }}
{{- if or .watch .deadNodes }}
# nodes that become silent
- apiGroups: [""]
  resources: ["nodes"]
  verbs: ["watch"]
{{- end }}
{{- if .chat }}
# names that complete
- apiGroups: [""]
  resources: ["namespaces"]
  verbs: ["watch"]
{{- end }}
{{- if or .persons .act }}
# what a person may do
- apiGroups: ["authorization.k8s.io"]
  resources: ["subjectaccessreviews"]
  verbs: ["create"]
{{- end }}
{{- if .controllers }}
# whether a finalizer's controller is gone
- apiGroups: ["apiextensions.k8s.io"]
  resources: ["customresourcedefinitions"]
  verbs: ["list"]
- apiGroups: ["apiregistration.k8s.io"]
  resources: ["apiservices"]
  verbs: ["list"]
{{- end }}
{{- if .act }}
# whether the Remediations are guarded
- apiGroups: ["admissionregistration.k8s.io"]
  resources: ["validatingadmissionpolicies", "validatingadmissionpolicybindings"]
  verbs: ["get"]
  resourceNames: ["remediations.podwhy.dev"]
{{- end }}
{{- if or .tickets .witnesses }}
# whether tickets and reports are guarded
- apiGroups: ["admissionregistration.k8s.io"]
  resources: ["validatingadmissionpolicies", "validatingadmissionpolicybindings"]
  verbs: ["get"]
  resourceNames: ["events.agents.podwhy.dev", "leases.agents.podwhy.dev", "nodereports.podwhy.dev", "nodetickets-status.podwhy.dev", "nodetickets.podwhy.dev"]
{{- end }}
{{- end }}

{{- define "podwhy.rights.own" -}}
{{- if .claims }}
# which replica answers
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  verbs: ["list", "delete"]
{{- end }}
{{- if or .incidents .act }}
# which replica leads
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  verbs: ["get", "update"]
{{- end }}
{{- if or .claims .incidents .act }}
# which replica answers, and which leads
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  verbs: ["create"]
{{- end }}
{{- if or .incidents .act }}
# what was told, and how it stands in its channel
- apiGroups: ["podwhy.dev"]
  resources: ["incidents"]
  verbs: ["get", "list", "create", "delete"]
- apiGroups: ["podwhy.dev"]
  resources: ["incidents/status"]
  verbs: ["update"]
{{- end }}
{{- if .act }}
# what was offered, who agreed, and what came of it
- apiGroups: ["podwhy.dev"]
  resources: ["remediations"]
  verbs: ["get", "list", "create", "delete"]
- apiGroups: ["podwhy.dev"]
  resources: ["remediations/status"]
  verbs: ["update"]
# each step, for `kubectl describe`
- apiGroups: ["events.k8s.io"]
  resources: ["events"]
  verbs: ["create"]
{{- end }}
{{- end }}

{{- define "podwhy.rights.agents" -}}
{{- if .agents }}
# what a node's agent sees
- apiGroups: ["podwhy.dev"]
  resources: ["nodereports"]
  verbs: ["get"]
{{- end }}
{{- if .witnesses }}
# which neighbours the agents reach, and whether one of them is silent
- apiGroups: ["podwhy.dev"]
  resources: ["nodereports"]
  verbs: ["list", "watch"]
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  verbs: ["list", "watch"]
{{- end }}
{{- if .tickets }}
# what an agent is told to do, and what came of it
- apiGroups: ["podwhy.dev"]
  resources: ["nodetickets"]
  verbs: ["get", "list", "create", "delete"]
{{- end }}
{{- end }}

{{- define "podwhy.rights.kube-node-lease" -}}
{{- if .read }}
# when a node's kubelet was last heard
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  verbs: ["get"]
{{- end }}
{{- if .deadNodes }}
# whether a node's kubelet is silent
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  verbs: ["list", "watch"]
{{- end }}
{{- end }}

{{- define "podwhy.rights.kube-system" -}}
{{- if .read }}
# whether a scheduler is at work
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  verbs: ["list"]
{{- end }}
{{- end }}

{{- define "podwhy.acting" -}}
["act","deadNodes","revisions","controllers","witnesses","tickets"]
{{- end }}

{{- define "podwhy.system" -}}
{"kube-node-lease":"podwhy.rights.kube-node-lease","kube-system":"podwhy.rights.kube-system"}
{{- end }}

{{- define "podwhy.remedies" -}}
{"needs":{"delete-node":"deadNodes","force-delete":"deadNodes","remove-finalizer":"controllers","roll-back":"revisions","taint-out-of-service":"deadNodes"},"usual":["delete-failed-pods","delete-pod","uncordon","rollout-restart","roll-back"]}
{{- end }}
