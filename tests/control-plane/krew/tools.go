//go:build tools

// Package krew pins what installs the kubectl plugin in the tests.
package krew

import _ "sigs.k8s.io/krew/cmd/krew"
