package onnx

import "github.com/q2kernel/q2/gopkg/onnx/graph"

// engine is what this package needs of ONNX Runtime. One file implements it, so that another binding can take its place and
// the rest is tested without any.
type engine interface {
	// open loads a model for running.
	open(m modelData, o sessionOptions) (session, error)
	// close gives back what the engine holds. Sessions are closed by then.
	close() error
}

// modelData is a model to load: a file, or bytes that only last as long as the loading.
type modelData struct {
	path    string   // of the file; "" if there are bytes
	bytes   []byte   // off-heap
	folder  string   // where weights outside the bytes lie
	inputs  []string // what every run feeds
	outputs []string // what a run that allocates by itself gives
}

// session is a loaded model. All of its methods may be called from many goroutines.
type session interface {
	// bind prepares runs that read inputs and write output. All of them are off-heap and outlive the run.
	bind(inputs []buffer, output buffer) (run, error)
	// probe runs the model once and returns the shape of its output. inputs are in the order of modelData.
	probe(inputs []buffer) ([]int64, error)
	close() error
}

// run is a bound set of buffers: one call reads and writes all of them. It is one goroutine's at a time.
type run interface {
	execute() error
	close() error
}

// buffer is a tensor over memory of ours.
type buffer struct {
	name  string
	kind  graph.ElemType
	shape []int64
	data  []byte
}

type sessionOptions struct {
	intraOpThreads int
	interOpThreads int
	spin           bool
}
