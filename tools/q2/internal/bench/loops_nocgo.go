//go:build !cgo || armbe || arm64be || mips || mips64 || ppc || ppc64 || s390 || s390x || sparc || sparc64

package bench

import "github.com/q2kernel/q2/gopkg/q2"

const (
	noLoops       = "the measuring loops are in C: build q2 with CGO_ENABLED=1 and a C compiler, for a little-endian machine"
	compilerFlags = ""
)

func compiler() string { return "" }

// What follows is never called: run.missing keeps the groups that need C from starting.

func timeQuantise([]byte, int, int, q2.Dtype, int) float64     { panic(noLoops) }
func normVariants() int                                        { panic(noLoops) }
func timeNorm(int, []byte, int, int, int) float64              { panic(noLoops) }
func countFallbacks([]byte, int, int) (undecided, pinned int)  { panic(noLoops) }
func timeRows([]byte, int, int, []byte, []byte) float64        { panic(noLoops) }
func readWays() []string                                       { panic(noLoops) }
func timeRead(int, []byte) float64                             { panic(noLoops) }
func timeCount(int) (ns float64, known bool)                   { panic(noLoops) }
func timeNearest([]byte, []byte, int, int) float64             { panic(noLoops) }
func timeNearestMany([]byte, int, []byte, int, int) float64    { panic(noLoops) }
func timeSearch(uint32, []byte, int, []byte, int, int) float64 { panic(noLoops) }
