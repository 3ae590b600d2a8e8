package q2_test

import (
	"errors"
	"fmt"
	"math"

	"github.com/q2kernel/q2/gopkg/q2"
)

// A hidden state becomes a code and a key. In a server, Data is the memory that the model wrote to.
func Example() {
	hidden := []float32{3, 0.1, -0.1, -3, 3, 3, -0.2, 0.2}
	packed := make([]byte, q2.PackedLen(len(hidden)))
	key, err := q2.Quantise(packed, q2.Float32Row(hidden))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%x %s %s %d\n", packed, key, key.Symbols(), key.Transitions)
	// Output: b4a7 e4d8000000000000 DCBADBC 7
}

// Only the last row of [SeqLen × N] counts: the last token's.
func ExampleQuantise() {
	tokens := []float32{
		9, 9, 9, 9,
		3, 0.1, -0.1, -3,
	}
	var packed [1]byte
	key, err := q2.Quantise(packed[:], q2.Tensor{Data: q2.Float32Row(tokens).Data, Dtype: q2.FP32, SeqLen: 2, N: 4})
	fmt.Println(key.Symbols(), err)

	_, err = q2.Quantise(packed[:], q2.Float32Row(make([]float32, 400)))
	fmt.Println(err)
	// Output:
	// DCBA <nil>
	// q2: length of packed is 1, must be at least 100
}

// One call for many rows. A row without a norm is refused, and the others are done.
func ExampleQuantiseRows() {
	batch := []float32{
		3, 0.1, -0.1, -3,
		1, float32(math.NaN()), 1, 1,
		-3, -0.1, 0.1, 3,
	}
	dst := q2.RowResults{Packed: make([]byte, 3), Keys: make([]uint64, 3), Status: make([]q2.Status, 3)}
	err := q2.QuantiseRows(dst, q2.Rows{Data: q2.Float32Row(batch).Data, Dtype: q2.FP32, Count: 3, N: 4})
	fmt.Println(err, errors.Is(err, q2.ErrNotFinite))
	fmt.Printf("%x %x\n", dst.Packed, dst.Keys)
	// Output:
	// q2: 1 of 3 rows refused, first row 1: no finite norm true
	// b4001e [e400000000000000 0 1b00000000000000]
}

func ExampleKey() {
	key, err := q2.Key([]byte{0b10_11_01_00}, 4)
	fmt.Println(key, key.Symbols(), key.Bases(), err)
	// Output: e400000000000000 DCBA TCAG <nil>
}

func ExampleLeeDistance() {
	// A and C are opposite, 2 apart; A and D are neighbours on the circle, 1 apart.
	distance, err := q2.LeeDistance([]byte{0b00_00_00_00}, []byte{0b11_10_00_00}, 4)
	fmt.Println(distance, err)
	// Output: 3 <nil>
}

func ExampleLeeNearest() {
	codes := q2.Codes{Data: []byte{0b11_11_11_11, 0b00_00_00_01, 0b00_00_00_00, 0b01_00_00_00}, Count: 4, N: 4}
	ids, distances := make([]uint64, 3), make([]uint32, 3)
	found, err := q2.LeeNearest(ids, distances, []byte{0b00_00_00_00}, codes)
	fmt.Println(ids[:found], distances[:found], err)
	// Output: [2 1 3] [0 1 1] <nil>
}

// A test or a benchmark goes through all that this machine has.
func ExampleBackends() {
	for _, b := range q2.Backends() {
		if b.Name == "go" {
			fmt.Println(b.Name, b.ISA, b.Available)
		}
	}
	// Output: go go true
}

func ExampleOpen() {
	kernel, err := q2.Open("go", "")
	fmt.Println(kernel, err)
	_, err = q2.Open("go", "avx2")
	fmt.Println(errors.Is(err, q2.ErrUnsupported))
	// Output:
	// go/go <nil>
	// true
}
