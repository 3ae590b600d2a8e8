//go:build !asan

package q2_test

const asanEnabled = false
