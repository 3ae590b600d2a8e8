package graph

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

// Opset is an operator set that the model imports; the default domain is "".
type Opset struct {
	Domain  string `json:"domain"`
	Version int64  `json:"version"`
}

// Model is an ONNX model whose graph has been read and whose weights have not. It is safe for concurrent reading.
type Model struct {
	IRVersion       int64
	Producer        string
	ProducerVersion string
	Domain          string
	Version         int64
	GraphName       string
	Opsets          []Opset
	Inputs          []Value // without those that are initializers too
	Outputs         []Value

	path      string // "" when the model came from memory
	r         io.ReaderAt
	size      int64
	file      *os.File
	opened    fileStamp
	names     map[string]string
	functions map[string]bool // "domain:op" of the local functions
	external  []string        // data files of local functions' tensors
	metadata  map[string]string

	dynamicFunction string // a node of a local function that scales by what it is given

	top          []topField
	items        []item
	nodes        []node
	inputs       []declaration
	outputs      []declaration
	infos        []declaration
	initializers []tensor
	annotated    []string // tensor names of quantization_annotation

	producers map[string]int // value → index in nodes
	weights   map[string]int // initializer → index in initializers
	facts     map[string]fact
}

// topField is a field of ModelProto, in the order of the file.
type topField struct {
	num   int32
	own   bool // a metadata entry of an earlier edit
	whole span
}

// item is a field of GraphProto, in the order of the file; index points into the list of its kind.
type item struct {
	num   int32
	index int
	whole span
}

// Open reads the graph of the model file at path and keeps the file open for later copying. Errors: the file system's, *FormatError.
func Open(path string) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	m, err := openFile(f, path)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func openFile(f *os.File, path string) (*Model, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, malformed(0, "not a regular file")
	}
	m, err := Read(f, info.Size())
	if err != nil {
		return nil, err
	}
	m.path, m.file = path, f
	m.opened = fileStamp{info.Size(), info.ModTime().UnixNano()}
	return m, nil
}

// Read reads the graph of a model of size bytes from r, which must stay readable and unchanged while the Model or an Edit of it is used.
func Read(r io.ReaderAt, size int64) (*Model, error) { return readLimited(r, size, descriptionLimit) }

func readLimited(r io.ReaderAt, size, limit int64) (*Model, error) {
	if size <= 0 || size == math.MaxInt64 {
		return nil, malformed(0, "a model of %d bytes", size)
	}
	s := newSource(r, size, limit)
	if err := s.recognise(); err != nil {
		return nil, err
	}
	m := &Model{r: r, size: size, functions: map[string]bool{}, metadata: map[string]string{}, producers: map[string]int{}, weights: map[string]int{}}
	if err := m.readModel(s); err != nil {
		return nil, err
	}
	if err := m.link(); err != nil {
		return nil, err
	}
	m.names = s.names
	m.infer()
	m.describe()
	return m, nil
}

// Close closes the file. Edits of the model can't be written afterwards.
func (m *Model) Close() error {
	if m.file == nil {
		return nil
	}
	return m.file.Close()
}

// Size is the model file's size in bytes, external data not counted.
func (m *Model) Size() int64 { return m.size }

// folder is where external data lies.
func (m *Model) folder() string { return filepath.Dir(m.path) }

// Opset returns the version of the operator set of a domain ("" is the default one), 0 when the model does not import it.
func (m *Model) Opset(domain string) int64 {
	for _, o := range m.Opsets {
		if o.Domain == domain {
			return o.Version
		}
	}
	return 0
}

// link finds who produces which value.
func (m *Model) link() error {
	for i := range m.nodes {
		for _, out := range m.nodes[i].out {
			if out == "" {
				continue
			}
			if first, twice := m.producers[out]; twice {
				return malformed(m.nodes[i].whole.start, "value %q is produced twice, by %s and by %s", out, m.nodes[first].label(), m.nodes[i].label())
			}
			m.producers[out] = i
		}
	}
	for i := range m.initializers {
		m.weights[m.initializers[i].name] = i
	}
	return nil
}

// producer returns the node that makes a value, or nil.
func (m *Model) producer(value string) *node {
	if i, ok := m.producers[value]; ok {
		return &m.nodes[i]
	}
	return nil
}

// describe fills the public lists: inputs that must be fed, outputs, with inferred shapes where the file has none.
func (m *Model) describe() {
	for _, d := range m.inputs {
		if _, weight := m.weights[d.Name]; !weight {
			m.Inputs = append(m.Inputs, m.value(d))
		}
	}
	for _, d := range m.outputs {
		m.Outputs = append(m.Outputs, m.value(d))
	}
}

func (m *Model) value(d declaration) Value {
	v := d.Value
	f := m.facts[d.Name]
	if v.Elem == Unknown {
		v.Elem = f.elem
	}
	if v.Shape == nil {
		v.Shape = f.shape
	}
	return v
}

// input returns the declared input of that name.
func (m *Model) input(name string) (Value, bool) { return find(m.Inputs, name) }

func (m *Model) output(name string) (Value, bool) { return find(m.Outputs, name) }

func find(list []Value, name string) (Value, bool) {
	for _, v := range list {
		if v.Name == name {
			return v, true
		}
	}
	return Value{}, false
}
