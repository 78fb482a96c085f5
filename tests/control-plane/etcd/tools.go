//go:build tools

// Package etcd pins the store behind the tests' kube-apiserver; the module's root package is the server.
package etcd

import _ "go.etcd.io/etcd/server/v3"
