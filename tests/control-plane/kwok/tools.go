//go:build tools

// Package kwok pins what plays the kubelets of the tests' nodes.
package kwok

import _ "sigs.k8s.io/kwok/cmd/kwok"
