package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/q2kernel/q2/tools/q2/internal/npy"
)

// readMatrix reads a whole .npy matrix of little-endian elements.
func readMatrix(file, descr string, size int) (data []byte, rows, columns int, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, 0, err
	}
	defer f.Close()
	header, _, err := npy.ReadHeader(f)
	if err != nil {
		return nil, 0, 0, err
	}
	if header.Descr != descr || header.Fortran || len(header.Shape) != 2 || header.Shape[1] == 0 {
		return nil, 0, 0, fmt.Errorf("%s holds %s of shape %s, a matrix of %s by rows is expected", file, header.Descr, npy.FormatShape(header.Shape), descr)
	}
	if data, err = io.ReadAll(f); err != nil {
		return nil, 0, 0, err
	}
	rows, columns = int(header.Shape[0]), int(header.Shape[1])
	if len(data) != rows*columns*size {
		return nil, 0, 0, fmt.Errorf("%s holds %d bytes of elements, its shape says %d", file, len(data), rows*columns*size)
	}
	return data, rows, columns, nil
}

func readFloats(file string) ([][]float32, error) {
	data, count, n, err := readMatrix(file, "<f4", 4)
	if err != nil {
		return nil, err
	}
	rows := make([][]float32, count)
	for i := range rows {
		rows[i] = make([]float32, n)
		for d := range rows[i] {
			rows[i][d] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*(i*n+d):]))
		}
	}
	return rows, nil
}

// foreign reads what another library found for the same queries: NAME=IDS.npy.
func (s *set) foreign(argument string) (ranking, error) {
	name, file, err := named(argument)
	if err != nil {
		return ranking{}, err
	}
	data, count, columns, err := readMatrix(file, "<i8", 8)
	if err != nil {
		return ranking{}, err
	}
	if count != len(s.queries) {
		return ranking{}, fmt.Errorf("%s holds the neighbours of %d queries, there are %d", file, count, len(s.queries))
	}
	r := ranking{name: name, found: make([][]int32, count)}
	for i, query := range s.queries {
		ids := make([]uint64, columns)
		for j := range ids {
			if ids[j] = binary.LittleEndian.Uint64(data[8*(i*columns+j):]); ids[j] >= uint64(len(s.rows)) {
				return ranking{}, fmt.Errorf("%s names vector %d, there are %d", file, ids[j], len(s.rows))
			}
		}
		r.found[i] = others(ids, query)
	}
	return r, nil
}
