//go:build !linux

package native

// checkFile leaves it to the loader, which reports a file that breaks off.
func checkFile(string) error { return nil }
