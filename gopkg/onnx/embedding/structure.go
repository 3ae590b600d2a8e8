// Package embedding finds the table that a model's token ids index, and with it the size of its vocabulary: what an id must stay
// below, and what tells logits from hidden states. The file is read as a stream and the weights in it are skipped, so
// that a model of any size costs a few hundred kilobytes.
package embedding

import (
	"bufio"
	"errors"
	"fmt"
	"os"
)

// ErrMalformed is returned for a file that is not an ONNX model in protobuf's format.
var ErrMalformed = errors.New("not an ONNX model")

// maxRank is far above what any operator takes.
const maxRank = 64

// node is one operation. Inputs and outputs may have empty names, which stand for optional ones that are left out.
type node struct {
	op              string
	inputs, outputs []string
}

// structure is a model without its weights. Bodies of If and Loop are not read.
type structure struct {
	nodes []node
	// weights has the dimensions of each initializer by its name.
	weights map[string][]int64
}

func read(path string) (*structure, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	g := &structure{weights: map[string][]int64{}}
	s := &stream{in: bufio.NewReaderSize(file, 64<<10), file: file, end: info.Size()}
	if err := g.readModel(s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

// Field numbers of onnx.proto.
const (
	modelGraph = 7

	graphNode        = 1
	graphInitializer = 5

	nodeInput  = 1
	nodeOutput = 2
	nodeOp     = 4

	tensorDims = 1
	tensorName = 8
)

func (g *structure) readModel(s *stream) error {
	found := false
	err := s.fields(func(f field) error {
		if f.number != modelGraph {
			return nil
		}
		found = true
		return s.inside(f, func(f field) error { return g.readPart(s, f) })
	})
	if err == nil && !found {
		err = fmt.Errorf("it has no graph: %w", ErrMalformed)
	}
	return err
}

func (g *structure) readPart(s *stream, f field) error {
	switch f.number {
	case graphNode:
		n, err := readNode(s, f)
		g.nodes = append(g.nodes, n)
		return err
	case graphInitializer:
		name, dims, err := readTensor(s, f)
		g.weights[name] = dims
		return err
	}
	return nil
}

func readNode(s *stream, f field) (n node, err error) {
	err = s.inside(f, func(f field) error {
		switch f.number {
		case nodeInput:
			return appendText(s, f, &n.inputs)
		case nodeOutput:
			return appendText(s, f, &n.outputs)
		case nodeOp:
			return setText(s, f, &n.op)
		}
		return nil
	})
	return n, err
}

func readTensor(s *stream, f field) (name string, dims []int64, err error) {
	err = s.inside(f, func(f field) (err error) {
		switch f.number {
		case tensorName:
			return setText(s, f, &name)
		case tensorDims:
			dims, err = s.integers(dims, f)
		}
		return err
	})
	return name, dims, err
}

func appendText(s *stream, f field, texts *[]string) error {
	text, err := s.text(f)
	*texts = append(*texts, text)
	return err
}

func setText(s *stream, f field, text *string) (err error) {
	*text, err = s.text(f)
	return err
}
