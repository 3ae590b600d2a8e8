// Command generate writes testdata/golden-search/golden.q2gs: vectors, codes, and what section 10 of docs/SPEC.md makes of them, by
// the plain-Go reference. The format is in the README beside it. From the repository's root:
//
//	go run ./testdata/golden-search/generate
package main

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"

	"github.com/q2kernel/q2/gopkg/reference"
)

func main() {
	file := flag.String("o", "testdata/golden-search/golden.q2gs", "where to write it")
	flag.Parse()
	if err := os.WriteFile(*file, golden(), 0o644); err != nil {
		log.Fatal(err)
	}
}

const (
	version = 1
	nearest = 7 // k of every case
)

var dims = []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 128, 129, 255, 256, 257, 384, 511, 513, 768, 1023, 1024, 1025, 1536, 4099}

func golden() []byte {
	var cases [][]byte
	random := rand.New(rand.NewPCG(2026, 11))
	for i, n := range dims {
		for kind := range vectors {
			if n > 300 && (i+kind)%4 != 0 { // the long ones by turns
				continue
			}
			cases = append(cases, encode(random, vectors[kind](random, n), 3+(i+kind)%15))
		}
	}
	out := append([]byte("Q2GS"), words(version, uint32(len(cases)), 0)...)
	for _, c := range cases {
		out = append(out, c...)
	}
	return out
}

// vectors makes the queries, of any scale.
var vectors = []func(random *rand.Rand, n int) []float32{
	func(random *rand.Rand, n int) []float32 { return gaussian(random, n, 1) },
	func(random *rand.Rand, n int) []float32 { return gaussian(random, n, 0x1p-140) }, // denormal
	func(random *rand.Rand, n int) []float32 { return gaussian(random, n, 0x1p-123) }, // 127 / max|x| overflows, or nearly
	func(random *rand.Rand, n int) []float32 { return gaussian(random, n, 0x1p124) },
	halves,
	func(random *rand.Rand, n int) []float32 { return make([]float32, n) },
	func(random *rand.Rand, n int) []float32 { return spoilt(random, n, math.NaN()) },
	func(random *rand.Rand, n int) []float32 { return spoilt(random, n, math.Inf(-1)) },
}

func gaussian(random *rand.Rand, n int, scale float64) []float32 {
	x := make([]float32, n)
	for d := range x {
		x[d] = float32(math.Max(-7, math.Min(7, random.NormFloat64())) * scale)
	}
	return x
}

// halves is integers and halves up to 127: products half-way between two integers.
func halves(random *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for d := range x {
		x[d] = float32(random.IntN(509)-254) / 2
	}
	x[random.IntN(n)] = 127
	return x
}

func spoilt(random *rand.Rand, n int, with float64) []float32 {
	x := gaussian(random, n, 1)
	x[random.IntN(n)] = float32(with)
	return x
}

// codes is random codes, some that repeat an earlier one, and the extremes.
func codes(random *rand.Rand, count, length int) []byte {
	data := make([]byte, count*length)
	for i := range count {
		code := data[i*length:][:length]
		for j := range code {
			code[j] = byte(random.Uint32())
		}
		switch {
		case i == 1:
			clear(code)
		case i > 2 && random.IntN(3) == 0:
			copy(code, data[random.IntN(i)*length:])
		}
	}
	return data
}

func encode(random *rand.Rand, x []float32, count int) []byte {
	n, length := len(x), (len(x)+3)/4
	query, code, stored := make([]int8, n), codes(random, 1, length), codes(random, count, length)
	err := reference.DotQuery(query, x)
	refused := uint32(0)
	if errors.Is(err, reference.ErrNotFinite) {
		refused = 1
	} else if err != nil {
		log.Fatal(err)
	}
	out := words(uint32(n), uint32(count), nearest, refused)
	for _, value := range x {
		out = append(out, words(math.Float32bits(value))...)
	}
	for _, q := range query {
		out = append(out, byte(q))
	}
	out = append(append(out, code...), stored...)
	out = append(out, ranked(query, code, stored, length, count, n)...)
	for len(out)%8 != 0 {
		out = append(out, 0)
	}
	return out
}

// ranked is all values and the ids of the nearest, by Lee, L1, code dot and dot.
func ranked(query []int8, code, stored []byte, length, count, n int) (out []byte) {
	distances, scores, ids := make([]uint32, count), make([]float32, count), make([]uint64, nearest)
	near, high := make([]uint32, nearest), make([]float32, nearest)
	keep := func(found int, err error) {
		if err != nil {
			log.Fatal(err)
		}
		for _, id := range ids[:found] {
			out = append(out, words(uint32(id))...)
		}
	}
	must(reference.LeeDistances(distances, code, stored, length, count, n))
	out = append(out, words(distances...)...)
	keep(reference.LeeNearest(ids, near, code, stored, length, count, n))
	must(reference.L1Distances(distances, code, stored, length, count, n))
	out = append(out, words(distances...)...)
	keep(reference.L1Nearest(ids, near, code, stored, length, count, n))
	must(reference.CodeDotScores(scores, code, stored, length, count, n))
	out = append(out, floats(scores)...)
	keep(reference.CodeDotNearest(ids, high, code, stored, length, count, n))
	must(reference.DotScores(scores, query, stored, length, count, n))
	out = append(out, floats(scores)...)
	keep(reference.DotNearest(ids, high, query, stored, length, count, n))
	return out
}

func must(err error) {
	if err != nil {
		log.Fatal(fmt.Errorf("golden-search: %w", err))
	}
}

func words(values ...uint32) (out []byte) {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

func floats(values []float32) (out []byte) {
	for _, v := range values {
		out = append(out, words(math.Float32bits(v))...)
	}
	return out
}
