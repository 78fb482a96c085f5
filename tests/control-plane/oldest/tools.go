//go:build tools

// Package oldest pins the oldest API server the tests run against, and the generator of the one file that is missing in
// its repository; tests/control-plane/build says more.
package oldest

import (
	_ "k8s.io/kube-openapi/cmd/openapi-gen"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
)
