//go:build cgo

package onnx

import (
	"errors"
	"fmt"
	"strings"

	ort "github.com/yalue/onnxruntime_go"
)

// ortEngine runs models with ONNX Runtime through onnxruntime_go.
type ortEngine struct{}

func newEngine(library string) (engine, error) {
	if err := acquireEnvironment(library); err != nil {
		return nil, err
	}
	return ortEngine{}, nil
}

func (ortEngine) close() error { return releaseEnvironment() }

func (ortEngine) open(m modelData, o sessionOptions) (session, error) {
	options, err := o.ort()
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	s, err := m.load(options)
	if err != nil {
		return nil, flat(err)
	}
	return &ortSession{s}, nil
}

// externalFolder is ONNX Runtime's name for the folder in which a model from memory has its outside weights.
const externalFolder = "session.model_external_initializers_file_folder_path"

func (m modelData) load(options *ort.SessionOptions) (*ort.DynamicAdvancedSession, error) {
	if m.path != "" {
		return ort.NewDynamicAdvancedSession(m.path, m.inputs, m.outputs, options)
	}
	if m.folder != "" {
		if err := options.AddSessionConfigEntry(externalFolder, m.folder); err != nil {
			return nil, err
		}
	}
	return ort.NewDynamicAdvancedSessionWithONNXData(m.bytes, m.inputs, m.outputs, options)
}

func (o sessionOptions) ort() (*ort.SessionOptions, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, flat(err)
	}
	spin := "0"
	if o.spin {
		spin = "1"
	}
	err = errors.Join(
		options.SetIntraOpNumThreads(o.intraOpThreads),
		options.SetInterOpNumThreads(o.interOpThreads),
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", spin),
		options.AddSessionConfigEntry("session.inter_op.allow_spinning", spin),
		// Memory patterns are kept per input shape, and every length of a text is one.
		options.SetMemPattern(false),
		// Errors come back to the caller; ONNX Runtime would print them too.
		options.SetLogSeverityLevel(ort.LoggingLevelFatal),
	)
	if err != nil {
		_ = options.Destroy()
		return nil, flat(err)
	}
	return options, nil
}

// ortSession is one loaded model. A binding takes names of its own, so one session serves every shape.
type ortSession struct{ session *ort.DynamicAdvancedSession }

func (s *ortSession) close() error { return s.session.Destroy() }

func (s *ortSession) bind(inputs []buffer, output buffer) (run, error) {
	binding, err := s.session.CreateIoBinding()
	if err != nil {
		return nil, flat(err)
	}
	r := &ortRun{session: s.session, binding: binding}
	for _, in := range inputs {
		err = errors.Join(err, r.add(in, binding.BindInput))
	}
	if err = errors.Join(err, r.add(output, binding.BindOutput)); err != nil {
		_ = r.close()
		return nil, flat(err)
	}
	return r, nil
}

// ortRun is a binding with the tensors that it points to.
type ortRun struct {
	session *ort.DynamicAdvancedSession
	binding *ort.IoBinding
	tensors []ort.Value
}

func (r *ortRun) add(b buffer, bind func(string, ort.Value) error) error {
	tensor, err := b.tensor()
	if err != nil {
		return fmt.Errorf("%s: %w", b.name, err)
	}
	r.tensors = append(r.tensors, tensor)
	if err := bind(b.name, tensor); err != nil {
		return fmt.Errorf("%s: %w", b.name, err)
	}
	return nil
}

// tensor is a view of the buffer's memory: ONNX Runtime keeps its address and copies nothing.
func (b buffer) tensor() (ort.Value, error) {
	return ort.NewCustomDataTensor(b.shape, b.data, ort.TensorElementDataType(b.kind))
}

func (r *ortRun) execute() error {
	if err := r.session.RunWithBinding(r.binding); err != nil {
		return flat(err)
	}
	return nil
}

func (r *ortRun) close() error {
	err := r.binding.Destroy()
	for _, tensor := range r.tensors {
		err = errors.Join(err, tensor.Destroy())
	}
	r.tensors = nil
	return err
}

func (s *ortSession) probe(inputs []buffer) ([]int64, error) {
	tensors := make([]ort.Value, len(inputs))
	for i, in := range inputs {
		var err error
		if tensors[i], err = in.tensor(); err != nil {
			return nil, flat(err)
		}
		defer tensors[i].Destroy()
	}
	outputs := []ort.Value{nil}
	if err := s.session.Run(tensors, outputs); err != nil {
		return nil, flat(err)
	}
	defer outputs[0].Destroy()
	return outputs[0].GetShape(), nil
}

// flat puts an error of ONNX Runtime, which may have line breaks, on one line.
func flat(err error) error {
	text := err.Error()
	if !strings.ContainsAny(text, "\r\n") {
		return err
	}
	return &flatError{strings.Join(strings.Fields(text), " "), err}
}

type flatError struct {
	text  string
	cause error
}

func (e *flatError) Error() string { return e.text }
func (e *flatError) Unwrap() error { return e.cause }
