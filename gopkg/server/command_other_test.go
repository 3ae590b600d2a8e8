//go:build !unix

package server_test

func runAsCommand() {}
