//go:build asan

package native

// asanEnabled: the compiler then moves variables whose address is taken to the heap, where the sanitiser watches them.
const asanEnabled = true
