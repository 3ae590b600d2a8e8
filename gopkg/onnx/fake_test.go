package onnx

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/gopkg/reference"
)

// in is a value of a graph; a dimension of −1 is open.
func in(kind graph.ElemType, name string, shape ...int64) graph.Value {
	v := graph.Value{Name: name, Elem: kind, Shape: graph.Shape{}, Kind: "tensor"}
	for _, d := range shape {
		v.Shape = append(v.Shape, graph.Dim{Size: d})
	}
	return v
}

func out(name string, shape ...int64) graph.Value { return in(graph.Float32, name, shape...) }

// modelFile writes an ONNX model of one node, which makes the outputs from the inputs in a way that nobody knows.
func modelFile(t testing.TB, inputs, outputs []graph.Value) string {
	t.Helper()
	node := text(text(nil, 4, "Secret"), 7, "test")
	var body []byte
	for _, v := range inputs {
		node, body = text(node, 1, v.Name), text(body, 11, string(declaration(v)))
	}
	for _, v := range outputs {
		node, body = text(node, 2, v.Name), text(body, 12, string(declaration(v)))
	}
	opset := number(text(nil, 1, ""), 2, 17)
	model := text(text(number(nil, 1, 8), 7, string(text(body, 1, string(node)))), 8, string(opset))
	path := filepath.Join(t.TempDir(), "fake.onnx")
	require.NoError(t, os.WriteFile(path, model, 0o644))
	return path
}

func declaration(v graph.Value) []byte {
	var shape []byte
	for _, d := range v.Shape {
		dim := text(nil, 2, "open")
		if d.Size >= 0 {
			dim = number(nil, 1, uint64(d.Size))
		}
		shape = text(shape, 1, string(dim))
	}
	tensor := text(number(nil, 1, uint64(v.Elem)), 2, string(shape))
	return text(text(nil, 1, v.Name), 2, string(text(nil, 1, string(tensor))))
}

func text(b []byte, field protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), value)
}

func number(b []byte, field protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), value)
}

// fakeEngine stands in for ONNX Runtime: the hidden state of a text's token number p is id+p+d in dimension d, and −777 where there
// is no token. It counts what is open.
type fakeEngine struct {
	inputs, outputs []graph.Value
	n               int64 // what a run shows; the outputs may leave it open

	sync.Mutex
	fail          map[string]error
	open_         map[string]int
	loaded        []modelData
	binds         int
	shapes        [][]int64 // of the ids of each run
	running, most int
	hold          chan struct{} // runs wait for it to be closed, if there is one
	begun         chan struct{} // told of each run, if there is one
	poison        int64         // the id whose state is a NaN
}

func newFake(n int64) *fakeEngine {
	return &fakeEngine{
		inputs:  []graph.Value{in(graph.Int64, "input_ids", -1, -1), in(graph.Int64, "attention_mask", -1, -1)},
		outputs: []graph.Value{out("last_hidden_state", -1, -1, n)}, n: n, fail: map[string]error{}, open_: map[string]int{"engine": 1}, poison: -1,
	}
}

func (f *fakeEngine) failure(step string) error {
	f.Lock()
	defer f.Unlock()
	return f.fail[step]
}

func (f *fakeEngine) count(what string, by int) {
	f.Lock()
	defer f.Unlock()
	f.open_[what] += by
}

func (f *fakeEngine) open(m modelData, _ sessionOptions) (session, error) {
	if err := f.failure("open"); err != nil {
		return nil, err
	}
	f.count("session", 1)
	m.bytes = slices.Clone(m.bytes)
	f.loaded = append(f.loaded, m)
	return fakeSession{f}, nil
}

func (f *fakeEngine) close() error { f.count("engine", -1); return nil }

type fakeSession struct{ *fakeEngine }

func (f fakeSession) probe(inputs []buffer) ([]int64, error) {
	rows := append(slices.Clone(inputs[0].shape), f.n)
	if f.loaded[0].outputs[0] == graph.DefaultLastTokenName {
		rows = []int64{1, f.n}
	}
	return rows, f.failure("probe")
}

func (f fakeSession) bind(inputs []buffer, output buffer) (run, error) {
	if err := f.failure("bind"); err != nil {
		return nil, err
	}
	f.count("run", 1)
	f.Lock()
	defer f.Unlock()
	f.binds++
	r := &fakeRun{engine: f.fakeEngine, ids: inputs[0], state: output}
	if len(inputs) > 1 {
		r.mask = &inputs[1]
	}
	return r, nil
}

func (f fakeSession) close() error { f.count("session", -1); return nil }

type fakeRun struct {
	engine     *fakeEngine
	ids, state buffer
	mask       *buffer
}

func (r *fakeRun) execute() error {
	r.enter()
	defer r.leave()
	if err := r.engine.failure("execute"); err != nil {
		return err
	}
	texts, length := int(r.ids.shape[0]), int(r.ids.shape[1])
	for row := range texts {
		token := 0
		for p := range length {
			real := r.mask == nil || binary.NativeEndian.Uint64(r.mask.data[8*(row*length+p):]) == 1
			r.put(row, length, p, token, real)
			if real {
				token++
			}
		}
	}
	return nil
}

func (r *fakeRun) enter() {
	f := r.engine
	f.Lock()
	f.running++
	f.most = max(f.most, f.running)
	f.shapes = append(f.shapes, r.ids.shape)
	hold, begun := f.hold, f.begun
	f.Unlock()
	if begun != nil {
		begun <- struct{}{}
	}
	if hold != nil {
		<-hold
	}
}

func (r *fakeRun) leave() {
	r.engine.Lock()
	defer r.engine.Unlock()
	r.engine.running--
}

// put writes the state of one position. A cut model has one row a text, which the last real token leaves its state in.
func (r *fakeRun) put(row, length, p, token int, real bool) {
	n := int(r.state.shape[len(r.state.shape)-1])
	at := (row*length + p) * n
	if len(r.state.shape) == 2 {
		if !real {
			return
		}
		at = row * n
	}
	id := int64(binary.NativeEndian.Uint64(r.ids.data[8*(row*length+p):]))
	for d := range n {
		value := float32(int(id) + token + d)
		if !real {
			value = -777
		}
		if id == r.engine.poison {
			value = float32(math.NaN())
		}
		binary.NativeEndian.PutUint32(r.state.data[4*(at+d):], math.Float32bits(value))
	}
}

func (r *fakeRun) close() error { r.engine.count("run", -1); return nil }

func (f *fakeEngine) assertAllClosed(t *testing.T) {
	t.Helper()
	for what, count := range f.open_ {
		assert.Zero(t, count, "%s left open", what)
	}
}

func (f *fakeEngine) openModel(t testing.TB, o Options) (*Model, error) {
	t.Helper()
	return open(f, modelFile(t, f.inputs, f.outputs), o)
}

func openFake(t testing.TB, f *fakeEngine, o Options) *Model {
	t.Helper()
	m, err := f.openModel(t, o)
	require.NoError(t, err)
	return m
}

// row is what the fake puts out for a text's last token.
func row(ids []int64, n int) []float32 {
	last := len(ids) - 1
	values := make([]float32, n)
	for d := range values {
		values[d] = float32(int(ids[last]) + last + d)
	}
	return values
}

func quantiseByReference(t testing.TB, values []float32) ([]byte, uint64) {
	t.Helper()
	data := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(v))
	}
	packed := make([]byte, (len(values)+3)/4)
	key, _, err := reference.Quantise(packed, data, 1, len(values), reference.FP32)
	require.NoError(t, err)
	return packed, key
}
