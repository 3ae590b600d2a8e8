package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// cell is all measurements of one path with so many callers.
type cell struct{ rounds []measurement }

func (c *cell) median(of func(measurement) float64) float64 {
	values := make([]float64, len(c.rounds))
	for i, m := range c.rounds {
		values[i] = of(m)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

type place struct {
	path    string
	callers int
}

func printTable(r io.Reader, w io.Writer) error {
	cells, order, err := readCells(r)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "| callers | path | texts/s | p50 ms | p99 ms | ONNX Runtime's p50 ms, one text |")
	fmt.Fprintln(w, "|---:|---|---:|---:|---:|---:|")
	for _, p := range order {
		c := cells[p]
		model := "–"
		if value := c.median(func(m measurement) float64 { return m.Model }); value > 0 && p.callers == 1 {
			model = fmt.Sprintf("%.3f", value)
		}
		fmt.Fprintf(w, "| %d | %s | %.0f | %.3f | %.2f | %s |\n", p.callers, p.path, c.median(func(m measurement) float64 { return m.TextsPerSecond }),
			c.median(func(m measurement) float64 { return m.P50 }), c.median(func(m measurement) float64 { return m.P99 }), model)
	}
	return nil
}

// readCells also holds the keys of the paths against each other: they ran the same model on the same texts.
func readCells(r io.Reader) (cells map[place]*cell, order []place, err error) {
	cells = map[place]*cell{}
	var keys []string
	for decoder := json.NewDecoder(r); ; {
		var m measurement
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, err
		}
		if keys == nil {
			keys = m.Keys
		}
		if !slices.Equal(keys, m.Keys) {
			return nil, nil, fmt.Errorf("path %s with %d callers: its keys differ from those of the first measurement", m.Path, m.Callers)
		}
		p := place{m.Path, m.Callers}
		if cells[p] == nil {
			cells[p] = &cell{}
			order = append(order, p)
		}
		cells[p].rounds = append(cells[p].rounds, m)
	}
	if len(order) == 0 {
		return nil, nil, errors.New("no measurement on stdin")
	}
	return cells, order, nil
}
