//go:build q2_never_set

package native

// go mod vendor keeps a folder only if some package imports it, under whatever tag. The tag is never set: package c holds C
// sources, which go build refuses in a package without cgo.
import _ "github.com/q2kernel/q2/native/c"
