//go:build !(darwin || windows)

package native

// The versioned name, which an incompatible release will not have.
var fileNames = []string{"libq2.so.1"}

// A bare name: the loader looks it up in LD_LIBRARY_PATH, its cache and the system's folders, not in the working directory.
var loaderPaths = fileNames
