package q2

// Dtype is the type of one element of a row (docs/SPEC.md section 1). The numbers are those of the C interface.
type Dtype uint32

// The element types.
const (
	FP32 Dtype = 0 // IEEE 754 binary32
	FP16 Dtype = 1 // IEEE 754 binary16; subnormals count as zero
	Q8   Dtype = 2 // int8, used as is
	Q4   Dtype = 3 // unsigned nibbles less 8, the even dimension in the high one; n must be even
	Q2   Dtype = 4 // a code that is packed already: it is copied, and SeqLen ignored
	BF16 Dtype = 5 // bfloat16
)

var dtypeNames = [...]string{FP32: "fp32", FP16: "fp16", Q8: "q8", Q4: "q4", Q2: "q2", BF16: "bf16"}

const dtypeList = "fp32, fp16, q8, q4, q2 or bf16"

// MaxDim is the largest number of dimensions of a row.
const MaxDim = 1 << 20

// String is the name of the type: fp32, fp16, q8, q4, q2 or bf16.
func (d Dtype) String() string {
	if int64(d) < int64(len(dtypeNames)) {
		return dtypeNames[d]
	}
	return "unknown"
}

// ParseDtype is the type with the given name, as String spells it. Any other is an *ArgumentError.
func ParseDtype(name string) (Dtype, error) {
	for d, known := range dtypeNames {
		if name == known {
			return Dtype(d), nil
		}
	}
	return 0, &ArgumentError{What: "dtype", Value: name, Limit: dtypeList}
}

// RowBytes is the length in bytes of one row of n elements. It is 0 where n or the type is out of range.
func (d Dtype) RowBytes(n int) int {
	if n < 1 || n > MaxDim {
		return 0
	}
	switch d {
	case FP32:
		return 4 * n
	case FP16, BF16:
		return 2 * n
	case Q8:
		return n
	case Q4:
		return n / 2
	case Q2:
		return PackedLen(n)
	}
	return 0
}

// PackedLen is the length in bytes of the code of n dimensions, ceil(n/4). It is 0 where n is not in 1 to MaxDim.
func PackedLen(n int) int {
	if n < 1 || n > MaxDim {
		return 0
	}
	return (n + 3) / 4
}
