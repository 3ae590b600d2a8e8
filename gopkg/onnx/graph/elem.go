package graph

import "strconv"

// ElemType is an element type by its number in ONNX (TensorProto.DataType); 0 is unknown.
type ElemType int32

// The element types that this package or its callers name.
const (
	Unknown  ElemType = 0
	Float32  ElemType = 1
	Uint8    ElemType = 2
	Int8     ElemType = 3
	Int32    ElemType = 6
	Int64    ElemType = 7
	Bool     ElemType = 9
	Float16  ElemType = 10
	Float64  ElemType = 11
	BFloat16 ElemType = 16
)

var elemNames = [...]string{"unknown", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "float64",
	"uint32", "uint64", "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4", "int4",
	"float4e2m1", "float8e8m0", "uint2", "int2"}

func (e ElemType) String() string {
	if e < 0 || int(e) >= len(elemNames) {
		return "type " + strconv.Itoa(int(e))
	}
	return elemNames[e]
}

// MarshalText writes the name, for JSON.
func (e ElemType) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

func (e ElemType) isInteger() bool { return e == Int64 || e == Int32 }
