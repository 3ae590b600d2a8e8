package reference

import (
	"fmt"
	"math"
)

func checkDim(n int) error {
	if n < 1 || n > MaxDim {
		return fmt.Errorf("%w: n is %d, not in 1 to %d", ErrArgument, n, MaxDim)
	}
	return nil
}

func checkShape(n int, dtype Dtype) error {
	if err := checkDim(n); err != nil {
		return err
	}
	if dtype > BF16 {
		return fmt.Errorf("%w: dtype is %d, not in 0 to %d", ErrArgument, dtype, BF16)
	}
	if dtype == Q4 && n%2 != 0 {
		return fmt.Errorf("%w: n is %d, and q4 needs an even one", ErrArgument, n)
	}
	return nil
}

// lastRow is the row of tensor that counts: the last one, or the whole code for q2, which ignores seqLen.
func lastRow(tensor []byte, seqLen, n int, dtype Dtype) ([]byte, error) {
	if err := checkShape(n, dtype); err != nil {
		return nil, err
	}
	if dtype == Q2 {
		seqLen = 1
	}
	if seqLen < 1 {
		return nil, fmt.Errorf("%w: seq_len is %d, the least is 1", ErrArgument, seqLen)
	}
	row := rowBytes(dtype, n)
	need, err := extent("tensor", seqLen, row, row)
	if err != nil {
		return nil, err
	}
	if len(tensor) < need {
		return nil, short("tensor", len(tensor), need)
	}
	return tensor[need-row : need], nil
}

func checkCode(name string, code []byte, n int) error {
	if len(code) < packedLen(n) {
		return short(name, len(code), packedLen(n))
	}
	return nil
}

func checkRows(packed []byte, packedStride int, keys []uint64, transitions []uint32, status []byte,
	rows []byte, rowStride, count, n int, dtype Dtype) error {
	if err := checkShape(n, dtype); err != nil {
		return err
	}
	if err := checkStrided("rows", len(rows), rowStride, count, rowBytes(dtype, n)); err != nil {
		return err
	}
	if err := checkStrided("packed", len(packed), packedStride, count, packedLen(n)); err != nil {
		return err
	}
	switch {
	case keys != nil && len(keys) < count:
		return short("keys", len(keys), count)
	case transitions != nil && len(transitions) < count:
		return short("transitions", len(transitions), count)
	case status != nil && len(status) < count:
		return short("status", len(status), count)
	}
	return nil
}

func checkPair(a, b []byte, n int) error {
	if err := checkDim(n); err != nil {
		return err
	}
	if err := checkCode("a", a, n); err != nil {
		return err
	}
	return checkCode("b", b, n)
}

func checkCodes(query, codes []byte, stride, count, n int) error {
	if err := checkDim(n); err != nil {
		return err
	}
	if err := checkCode("query", query, n); err != nil {
		return err
	}
	return checkStrided("codes", len(codes), stride, count, packedLen(n))
}

func checkNearest(ids []uint64, distances []uint32) error {
	return checkResults(len(ids), len(ids), len(distances), "distances")
}

// checkResults holds the lengths of ids, and of what goes with them, against k.
func checkResults(k, ids, values int, name string) error {
	if k < 1 || k > MaxNearest {
		return fmt.Errorf("%w: k is %d, not in 1 to %d", ErrArgument, k, MaxNearest)
	}
	if ids < k {
		return short("ids", ids, k)
	}
	if values < k {
		return short(name, values, k)
	}
	return nil
}

// checkMany takes the lengths of ids, of what goes with them and of the queries, which have size bytes each.
func checkMany(ids, values int, name string, k, queries, queryStride, queryCount, size int) error {
	if err := checkResults(k, max(ids, k), max(values, k), name); err != nil {
		return err
	}
	if err := checkStrided("queries", queries, queryStride, queryCount, size); err != nil {
		return err
	}
	if queryCount > math.MaxInt/k {
		return fmt.Errorf("%w: %d × %d results overflow", ErrArgument, queryCount, k)
	}
	if need := queryCount * k; ids < need {
		return short("ids", ids, need)
	} else if values < need {
		return short(name, values, need)
	}
	return nil
}

// checkStrided holds count items of size bytes, stride bytes apart, against the buffer they lie in.
func checkStrided(name string, length, stride, count, size int) error {
	if count < 0 {
		return fmt.Errorf("%w: count is %d, the least is 0", ErrArgument, count)
	}
	if stride < size {
		return fmt.Errorf("%w: stride of %s is %d bytes, the least is %d", ErrArgument, name, stride, size)
	}
	need, err := extent(name, count, stride, size)
	if err != nil {
		return err
	}
	if length < need {
		return short(name, length, need)
	}
	return nil
}

// extent is how many bytes count items take, the last of them without the gap that follows it.
func extent(name string, count, stride, size int) (int, error) {
	if count == 0 {
		return 0, nil
	}
	if count-1 > (math.MaxInt-size)/stride {
		return 0, fmt.Errorf("%w: %d × %d bytes of %s overflow", ErrArgument, count, stride, name)
	}
	return (count-1)*stride + size, nil
}

func short(name string, length, least int) error {
	return fmt.Errorf("%w: %s has length %d, the least is %d", ErrArgument, name, length, least)
}
