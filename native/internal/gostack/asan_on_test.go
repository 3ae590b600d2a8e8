//go:build asan

package gostack_test

// asanEnabled: the compiler then moves variables whose address is taken to the heap, where the sanitiser watches them.
const asanEnabled = true
