//go:build !cgo || armbe || arm64be || mips || mips64 || ppc || ppc64 || s390 || s390x || sparc || sparc64

package native

// Cgo is the door to the copy of libq2 that cgo compiles into the program. This program was built without cgo: Missing says
// so, and every call returns Unsupported and does nothing.
type Cgo struct{}

// Missing is why this door is not there, with the remedy.
func (Cgo) Missing() string {
	return "this program was built without cgo; build it for a little-endian machine with CGO_ENABLED=1 and a C compiler (gcc or clang)"
}

// Quantise returns Unsupported.
func (Cgo) Quantise(packed, tensor []byte, seqLen, n int, dtype uint32) (key uint64, transitions uint32, status Status) {
	return 0, 0, Unsupported
}

// QuantiseRows returns Unsupported.
func (Cgo) QuantiseRows(packed []byte, packedStride int, keys []uint64, transitions []uint32, rowStatus []byte,
	rows []byte, rowStride, count, n int, dtype uint32) Status {
	return Unsupported
}

// Key returns Unsupported.
func (Cgo) Key(packed []byte, n int) (key uint64, transitions uint32, status Status) {
	return 0, 0, Unsupported
}

// LeeDistance returns Unsupported.
func (Cgo) LeeDistance(a, b []byte, n int) (distance uint32, status Status) { return 0, Unsupported }

// LeeDistances returns Unsupported.
func (Cgo) LeeDistances(distances []uint32, query, codes []byte, stride, count, n int) Status {
	return Unsupported
}

// LeeNearest returns Unsupported.
func (Cgo) LeeNearest(ids []uint64, distances []uint32, query, codes []byte, stride, count, n int) (found int, status Status) {
	return 0, Unsupported
}

// LeeNearestMany returns Unsupported.
func (Cgo) LeeNearestMany(ids []uint64, distances []uint32, k int, queries []byte, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, status Status) {
	return 0, Unsupported
}

// L1Distance returns Unsupported.
func (Cgo) L1Distance(a, b []byte, n int) (distance uint32, status Status) {
	return 0, Unsupported
}

// L1Distances returns Unsupported.
func (Cgo) L1Distances(distances []uint32, query, codes []byte, stride, count, n int) Status {
	return Unsupported
}

// L1Nearest returns Unsupported.
func (Cgo) L1Nearest(ids []uint64, distances []uint32, query, codes []byte, stride, count, n int) (found int, status Status) {
	return 0, Unsupported
}

// L1NearestMany returns Unsupported.
func (Cgo) L1NearestMany(ids []uint64, distances []uint32, k int, queries []byte, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, status Status) {
	return 0, Unsupported
}

// CodeDot returns Unsupported.
func (Cgo) CodeDot(a, b []byte, n int) (score float32, status Status) {
	return 0, Unsupported
}

// CodeDotScores returns Unsupported.
func (Cgo) CodeDotScores(scores []float32, query, codes []byte, stride, count, n int) Status {
	return Unsupported
}

// CodeDotNearest returns Unsupported.
func (Cgo) CodeDotNearest(ids []uint64, scores []float32, query, codes []byte, stride, count, n int) (found int, status Status) {
	return 0, Unsupported
}

// CodeDotNearestMany returns Unsupported.
func (Cgo) CodeDotNearestMany(ids []uint64, scores []float32, k int, queries []byte, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, status Status) {
	return 0, Unsupported
}

// DotQuery returns Unsupported.
func (Cgo) DotQuery(dst []int8, x []float32, n int) Status {
	return Unsupported
}

// Dot returns Unsupported.
func (Cgo) Dot(query []int8, code []byte, n int) (score float32, status Status) {
	return 0, Unsupported
}

// DotScores returns Unsupported.
func (Cgo) DotScores(scores []float32, query []int8, codes []byte, stride, count, n int) Status {
	return Unsupported
}

// DotNearest returns Unsupported.
func (Cgo) DotNearest(ids []uint64, scores []float32, query []int8, codes []byte, stride, count, n int) (found int, status Status) {
	return 0, Unsupported
}

// DotNearestMany returns Unsupported.
func (Cgo) DotNearestMany(ids []uint64, scores []float32, k int, queries []int8, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, status Status) {
	return 0, Unsupported
}

// ISA is empty: there is none.
func (Cgo) ISA() string { return "" }

// ForceISA returns Unsupported.
func (Cgo) ForceISA(name string) Status { return Unsupported }

// Version is empty: there is no libq2.
func (Cgo) Version() string { return "" }

// ABIVersion is 0: there is no libq2.
func (Cgo) ABIVersion() uint32 { return 0 }

// StatusText is empty: there is no libq2.
func (Cgo) StatusText(status Status) string { return "" }
