//go:build cgo && !(armbe || arm64be || mips || mips64 || ppc || ppc64 || s390 || s390x || sparc || sparc64)

package native

import "embed"

// go build takes a package for unchanged when the files of its own folder are, and knows nothing of what a thin file
// includes: after an edit in c it would go on linking the old kernel. Files that are embedded count. Nothing refers to this
// variable, so that the linker leaves it out of the program.
//
//go:embed c/*.c c/*.h
var _ embed.FS
