//go:build asan

package q2_test

// asanEnabled: the compiler then moves variables whose address is taken to the heap, where the sanitiser watches them.
const asanEnabled = true
