package onnx

// engine is what this package needs of ONNX Runtime. One file implements it, so that another binding can take its place and
// the rest is tested without any.
type engine interface {
	// open loads a model for running.
	open(path string, o sessionOptions) (session, error)
	// describe lists the inputs and outputs of a model.
	describe(path string, o sessionOptions) (inputs, outputs []Value, err error)
	// close gives back what the engine holds. Sessions are closed by then.
	close() error
}

// session is a loaded model. Its methods are not for concurrent use.
type session interface {
	// bind prepares runs that read inputs and write output. All of them are off-heap and outlive the run.
	bind(inputs []buffer, output buffer) (run, error)
	// probe runs the model once and returns the shape of an output.
	probe(inputs []buffer, output string) ([]int64, error)
	close() error
}

// run is a bound set of buffers: one call reads and writes all of them.
type run interface {
	execute() error
	close() error
}

// buffer is a tensor over memory of ours.
type buffer struct {
	name  string
	kind  ElementType
	shape []int64
	data  []byte
}

type sessionOptions struct {
	intraOpThreads int
	interOpThreads int
	spin           bool
}
