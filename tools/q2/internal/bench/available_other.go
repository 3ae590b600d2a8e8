//go:build !linux

package bench

// availableMemory is not known here; where there is too little, taking it fails.
func availableMemory() (bytes int, known bool) { return 0, false }
