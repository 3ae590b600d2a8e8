//go:build !asan

package gostack_test

const asanEnabled = false
