//go:build !linux

package cli

// residentBytes is known on Linux only.
func residentBytes() int64 { return 0 }
