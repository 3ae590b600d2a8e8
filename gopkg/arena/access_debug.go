//go:build q2debug

package arena

// debug builds make the memory of a lease inaccessible while nobody has it.
const debug = true
