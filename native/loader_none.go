//go:build !(!q2_nopurego && !faketime && ((linux && !android && (386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)) || (darwin && !ios && (amd64 || arm64)))) && !(windows && !q2_nopurego && (386 || amd64 || arm || arm64))

package native

// noLoader is why this build cannot load a library; empty if it can.
const noLoader = "this build loads no libraries: it is for a system or processor where that needs cgo, or was built with the tag q2_nopurego"

func loadFile(path string) (uintptr, error) { return 0, &LoadError{path, noLoader} }

func lookUp(uintptr, string) uintptr { return 0 }

func closeFile(uintptr) {}

func loadedFrom(_ uintptr, path string) string { return path }

func callAddress(uintptr, []uintptr) uintptr { return 0 }
