package native

import (
	"runtime"
	"unsafe"
)

// L1Distance is the L1 distance of two codes.
func (l *Library) L1Distance(a, b []byte, n int) (distance uint32, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.distance = 0
	c.arguments = [11]uintptr{address(c, 0, a), address(c, 1, b), uintptr(n), uintptr(unsafe.Pointer(&c.distance))}
	status = l.status(symL1Distance, c, 4)
	runtime.KeepAlive(unsafe.SliceData(a))
	runtime.KeepAlive(unsafe.SliceData(b))
	return c.distance, status
}

// L1Distances writes the distance of query to each of count codes, stride bytes apart.
func (l *Library) L1Distances(distances []uint32, query, codes []byte, stride, count, n int) Status {
	c := calls.Get().(*call)
	defer c.release()
	c.arguments = [11]uintptr{address(c, 0, query), address(c, 1, codes), uintptr(stride), uintptr(count), uintptr(n),
		address(c, 2, distances)}
	status := l.status(symL1Distances, c, 6)
	fetch(c, 2, distances)
	runtime.KeepAlive(unsafe.SliceData(query))
	runtime.KeepAlive(unsafe.SliceData(codes))
	return status
}

// L1Nearest finds the len(ids) codes nearest to query, and says how many there are.
func (l *Library) L1Nearest(ids []uint64, distances []uint32, query, codes []byte, stride, count, n int) (found int, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.found = 0
	c.arguments = [11]uintptr{address(c, 0, query), address(c, 1, codes), uintptr(stride), uintptr(count), uintptr(n),
		uintptr(len(ids)), address(c, 2, ids), address(c, 3, distances), uintptr(unsafe.Pointer(&c.found))}
	status = l.status(symL1Nearest, c, 9)
	fetch(c, 2, ids)
	fetch(c, 3, distances)
	runtime.KeepAlive(unsafe.SliceData(query))
	runtime.KeepAlive(unsafe.SliceData(codes))
	return int(c.found), status
}

// L1NearestMany finds the k codes nearest to each of queryCount queries, queryStride bytes apart: those of query i
// from element i·k of ids and distances on. It says how many there are for each.
func (l *Library) L1NearestMany(ids []uint64, distances []uint32, k int, queries []byte, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.found = 0
	c.arguments = [11]uintptr{address(c, 0, queries), uintptr(queryStride), uintptr(queryCount), address(c, 1, codes), uintptr(stride),
		uintptr(count), uintptr(n), uintptr(k), address(c, 2, ids), address(c, 3, distances), uintptr(unsafe.Pointer(&c.found))}
	status = l.status(symL1NearestMany, c, 11)
	fetch(c, 2, ids)
	fetch(c, 3, distances)
	runtime.KeepAlive(unsafe.SliceData(queries))
	runtime.KeepAlive(unsafe.SliceData(codes))
	return int(c.found), status
}

// CodeDot is the score of code a against code b.
func (l *Library) CodeDot(a, b []byte, n int) (score float32, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.score = 0
	c.arguments = [11]uintptr{address(c, 0, a), address(c, 1, b), uintptr(n), uintptr(unsafe.Pointer(&c.score))}
	status = l.status(symCodeDot, c, 4)
	runtime.KeepAlive(unsafe.SliceData(a))
	runtime.KeepAlive(unsafe.SliceData(b))
	return c.score, status
}

// CodeDotScores writes the score of query against each of count codes, stride bytes apart.
func (l *Library) CodeDotScores(scores []float32, query, codes []byte, stride, count, n int) Status {
	c := calls.Get().(*call)
	defer c.release()
	c.arguments = [11]uintptr{address(c, 0, query), address(c, 1, codes), uintptr(stride), uintptr(count), uintptr(n),
		address(c, 2, scores)}
	status := l.status(symCodeDotScores, c, 6)
	fetch(c, 2, scores)
	runtime.KeepAlive(unsafe.SliceData(query))
	runtime.KeepAlive(unsafe.SliceData(codes))
	return status
}

// CodeDotNearest finds the len(ids) codes that score highest against query, and says how many there are.
func (l *Library) CodeDotNearest(ids []uint64, scores []float32, query, codes []byte, stride, count, n int) (found int, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.found = 0
	c.arguments = [11]uintptr{address(c, 0, query), address(c, 1, codes), uintptr(stride), uintptr(count), uintptr(n),
		uintptr(len(ids)), address(c, 2, ids), address(c, 3, scores), uintptr(unsafe.Pointer(&c.found))}
	status = l.status(symCodeDotNearest, c, 9)
	fetch(c, 2, ids)
	fetch(c, 3, scores)
	runtime.KeepAlive(unsafe.SliceData(query))
	runtime.KeepAlive(unsafe.SliceData(codes))
	return int(c.found), status
}

// CodeDotNearestMany finds the k codes that score highest against each of queryCount queries, queryStride bytes apart: those of query i
// from element i·k of ids and scores on. It says how many there are for each.
func (l *Library) CodeDotNearestMany(ids []uint64, scores []float32, k int, queries []byte, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.found = 0
	c.arguments = [11]uintptr{address(c, 0, queries), uintptr(queryStride), uintptr(queryCount), address(c, 1, codes), uintptr(stride),
		uintptr(count), uintptr(n), uintptr(k), address(c, 2, ids), address(c, 3, scores), uintptr(unsafe.Pointer(&c.found))}
	status = l.status(symCodeDotNearestMany, c, 11)
	fetch(c, 2, ids)
	fetch(c, 3, scores)
	runtime.KeepAlive(unsafe.SliceData(queries))
	runtime.KeepAlive(unsafe.SliceData(codes))
	return int(c.found), status
}

// DotQuery quantises a query vector of n floats.
func (l *Library) DotQuery(dst []int8, x []float32, n int) Status {
	c := calls.Get().(*call)
	defer c.release()
	c.arguments = [11]uintptr{address(c, 0, x), uintptr(n), address(c, 1, dst)}
	status := l.status(symDotQuery, c, 3)
	fetch(c, 1, dst)
	runtime.KeepAlive(unsafe.SliceData(x))
	return status
}

// Dot is the score of a query of int8 against a code.
func (l *Library) Dot(query []int8, code []byte, n int) (score float32, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.score = 0
	c.arguments = [11]uintptr{address(c, 0, query), address(c, 1, code), uintptr(n), uintptr(unsafe.Pointer(&c.score))}
	status = l.status(symDot, c, 4)
	runtime.KeepAlive(unsafe.SliceData(query))
	runtime.KeepAlive(unsafe.SliceData(code))
	return c.score, status
}

// DotScores writes the score of query against each of count codes, stride bytes apart.
func (l *Library) DotScores(scores []float32, query []int8, codes []byte, stride, count, n int) Status {
	c := calls.Get().(*call)
	defer c.release()
	c.arguments = [11]uintptr{address(c, 0, query), address(c, 1, codes), uintptr(stride), uintptr(count), uintptr(n),
		address(c, 2, scores)}
	status := l.status(symDotScores, c, 6)
	fetch(c, 2, scores)
	runtime.KeepAlive(unsafe.SliceData(query))
	runtime.KeepAlive(unsafe.SliceData(codes))
	return status
}

// DotNearest finds the len(ids) codes that score highest against query, and says how many there are.
func (l *Library) DotNearest(ids []uint64, scores []float32, query []int8, codes []byte, stride, count, n int) (found int, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.found = 0
	c.arguments = [11]uintptr{address(c, 0, query), address(c, 1, codes), uintptr(stride), uintptr(count), uintptr(n),
		uintptr(len(ids)), address(c, 2, ids), address(c, 3, scores), uintptr(unsafe.Pointer(&c.found))}
	status = l.status(symDotNearest, c, 9)
	fetch(c, 2, ids)
	fetch(c, 3, scores)
	runtime.KeepAlive(unsafe.SliceData(query))
	runtime.KeepAlive(unsafe.SliceData(codes))
	return int(c.found), status
}

// DotNearestMany finds the k codes that score highest against each of queryCount queries, queryStride bytes apart: those of query i
// from element i·k of ids and scores on. It says how many there are for each.
func (l *Library) DotNearestMany(ids []uint64, scores []float32, k int, queries []int8, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.found = 0
	c.arguments = [11]uintptr{address(c, 0, queries), uintptr(queryStride), uintptr(queryCount), address(c, 1, codes), uintptr(stride),
		uintptr(count), uintptr(n), uintptr(k), address(c, 2, ids), address(c, 3, scores), uintptr(unsafe.Pointer(&c.found))}
	status = l.status(symDotNearestMany, c, 11)
	fetch(c, 2, ids)
	fetch(c, 3, scores)
	runtime.KeepAlive(unsafe.SliceData(queries))
	runtime.KeepAlive(unsafe.SliceData(codes))
	return int(c.found), status
}
