package q2

import (
	"fmt"
	"math"
)

// MaxNearest is the largest k of the nearest functions.
const MaxNearest = 4096

// Errors are returned as *ArgumentError until the public function: a nil one then costs no interface.

func checkDim(n int) *ArgumentError {
	if n < 1 || n > MaxDim {
		return &ArgumentError{"n", n, fmt.Sprintf("1 to %d", MaxDim)}
	}
	return nil
}

func checkShape(n int, dtype Dtype) *ArgumentError {
	if wrong := checkDim(n); wrong != nil {
		return wrong
	}
	if dtype > BF16 {
		return &ArgumentError{"dtype", uint32(dtype), fmt.Sprintf("%d to %d (%s)", FP32, BF16, dtypeList)}
	}
	if dtype == Q4 && n%2 != 0 {
		return &ArgumentError{"n", n, "even for q4"}
	}
	return nil
}

func checkLength(what string, length, least int) *ArgumentError {
	if length < least {
		return &ArgumentError{"length of " + what, length, fmt.Sprintf("at least %d", least)}
	}
	return nil
}

// checkOptional holds an output that may be nil, but not short, against the number of rows.
func checkOptional(what string, isNil bool, length, least int) *ArgumentError {
	if isNil {
		return nil
	}
	return checkLength(what, length, least)
}

// checkStrided holds count items of size bytes, stride bytes apart, against the length of the buffer they lie in.
func checkStrided(what string, length, stride, count, size int) *ArgumentError {
	if count < 0 {
		return &ArgumentError{"count", count, "at least 0"}
	}
	if stride < size {
		return &ArgumentError{"stride of " + what, stride, fmt.Sprintf("at least %d bytes, or 0 for just that", size)}
	}
	if count == 0 {
		return nil
	}
	if limit := (math.MaxInt-size)/stride + 1; count > limit {
		return &ArgumentError{"count", count, fmt.Sprintf("at most %d at %d bytes each: the size of %s overflows", limit, stride, what)}
	}
	return checkLength(what, length, (count-1)*stride+size)
}

func checkQuantise(packed []byte, t Tensor) *ArgumentError {
	if wrong := checkShape(t.N, t.Dtype); wrong != nil {
		return wrong
	}
	rows, row := t.SeqLen, t.Dtype.RowBytes(t.N)
	if t.Dtype == Q2 {
		rows = 1
	}
	if rows < 1 {
		return &ArgumentError{"sequence length", t.SeqLen, "at least 1"}
	}
	if limit := math.MaxInt / row; rows > limit {
		return &ArgumentError{"sequence length", t.SeqLen, fmt.Sprintf("at most %d: the size of the tensor overflows", limit)}
	}
	if wrong := checkLength("tensor", len(t.Data), rows*row); wrong != nil {
		return wrong
	}
	return checkLength("packed", len(packed), PackedLen(t.N))
}

// checkRows takes dst and rows with their strides filled in.
func checkRows(dst RowResults, rows Rows) *ArgumentError {
	if wrong := checkShape(rows.N, rows.Dtype); wrong != nil {
		return wrong
	}
	if wrong := checkStrided("rows", len(rows.Data), rows.Stride, rows.Count, rows.Dtype.RowBytes(rows.N)); wrong != nil {
		return wrong
	}
	if wrong := checkStrided("packed", len(dst.Packed), dst.Stride, rows.Count, PackedLen(rows.N)); wrong != nil {
		return wrong
	}
	if wrong := checkOptional("keys", dst.Keys == nil, len(dst.Keys), rows.Count); wrong != nil {
		return wrong
	}
	if wrong := checkOptional("transitions", dst.Transitions == nil, len(dst.Transitions), rows.Count); wrong != nil {
		return wrong
	}
	return checkOptional("status", dst.Status == nil, len(dst.Status), rows.Count)
}

func checkKey(packed []byte, n int) *ArgumentError {
	if wrong := checkDim(n); wrong != nil {
		return wrong
	}
	return checkLength("packed", len(packed), PackedLen(n))
}

func checkPair(a, b []byte, n int) *ArgumentError {
	if wrong := checkDim(n); wrong != nil {
		return wrong
	}
	if wrong := checkLength("a", len(a), PackedLen(n)); wrong != nil {
		return wrong
	}
	return checkLength("b", len(b), PackedLen(n))
}

// checkCodes takes codes with its stride filled in.
func checkCodes(query []byte, codes Codes) *ArgumentError {
	if wrong := checkDim(codes.N); wrong != nil {
		return wrong
	}
	if wrong := checkLength("query", len(query), PackedLen(codes.N)); wrong != nil {
		return wrong
	}
	return checkStrided("codes", len(codes.Data), codes.Stride, codes.Count, PackedLen(codes.N))
}

func checkNearest(k, values int, name string) *ArgumentError {
	if k < 1 || k > MaxNearest {
		return &ArgumentError{"k, the length of ids,", k, fmt.Sprintf("1 to %d", MaxNearest)}
	}
	return checkLength(name, values, k)
}

func checkDotPair(query []int8, code []byte, n int) *ArgumentError {
	if wrong := checkDim(n); wrong != nil {
		return wrong
	}
	if wrong := checkLength("query", len(query), n); wrong != nil {
		return wrong
	}
	return checkLength("code", len(code), PackedLen(n))
}

// checkDot takes codes with its stride filled in.
func checkDot(query []int8, codes Codes) *ArgumentError {
	if wrong := checkDim(codes.N); wrong != nil {
		return wrong
	}
	if wrong := checkLength("query", len(query), codes.N); wrong != nil {
		return wrong
	}
	return checkStrided("codes", len(codes.Data), codes.Stride, codes.Count, PackedLen(codes.N))
}

// checkMany takes queries and codes with their strides filled in.
func checkMany(ids, values int, name string, perQuery int, queries, codes Codes) *ArgumentError {
	if wrong := checkDim(codes.N); wrong != nil {
		return wrong
	}
	if queries.N != codes.N {
		return &ArgumentError{"n of queries", queries.N, fmt.Sprintf("%d, that of the codes", codes.N)}
	}
	if wrong := checkStrided("queries", len(queries.Data), queries.Stride, queries.Count, PackedLen(codes.N)); wrong != nil {
		return wrong
	}
	if wrong := checkStrided("codes", len(codes.Data), codes.Stride, codes.Count, PackedLen(codes.N)); wrong != nil {
		return wrong
	}
	return checkPlaces(ids, values, name, perQuery, queries.Count)
}

// checkDotMany takes queries and codes with their strides filled in.
func checkDotMany(ids, scores, perQuery int, queries DotQueries, codes Codes) *ArgumentError {
	if wrong := checkDim(codes.N); wrong != nil {
		return wrong
	}
	if wrong := checkStrided("queries", len(queries.Data), queries.Stride, queries.Count, codes.N); wrong != nil {
		return wrong
	}
	if wrong := checkStrided("codes", len(codes.Data), codes.Stride, codes.Count, PackedLen(codes.N)); wrong != nil {
		return wrong
	}
	return checkPlaces(ids, scores, "scores", perQuery, queries.Count)
}

// checkPlaces holds the lengths of ids, and of what goes with them, against perQuery places for each of count queries.
func checkPlaces(ids, values int, name string, perQuery, count int) *ArgumentError {
	if perQuery < 1 || perQuery > MaxNearest {
		return &ArgumentError{"perQuery", perQuery, fmt.Sprintf("1 to %d", MaxNearest)}
	}
	if limit := math.MaxInt / perQuery; count > limit {
		return &ArgumentError{"count of queries", count, fmt.Sprintf("at most %d at %d results each: their number overflows", limit, perQuery)}
	}
	if wrong := checkLength("ids", ids, count*perQuery); wrong != nil {
		return wrong
	}
	return checkLength(name, values, count*perQuery)
}
