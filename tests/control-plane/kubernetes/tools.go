//go:build tools

// Package kubernetes pins the servers the tests run against. k8s.io/kubernetes replaces its staging modules by folders
// of its own, and a dependency's replaces count for nothing: go.mod here names the published ones instead.
package kubernetes

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kube-scheduler"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
