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

func (ortEngine) describe(path string, o sessionOptions) (inputs, outputs []Value, err error) {
	options, err := o.ort()
	if err != nil {
		return nil, nil, err
	}
	defer options.Destroy()
	// onnxruntime_go describes a model in a session of its own: spare it the work that only pays when it runs.
	if err := errors.Join(options.SetGraphOptimizationLevel(ort.GraphOptimizationLevelDisableAll),
		options.AddSessionConfigEntry("session.disable_prepacking", "1")); err != nil {
		return nil, nil, flat(err)
	}
	in, out, err := ort.GetInputOutputInfoWithOptions(path, options)
	if err != nil {
		return nil, nil, flat(err)
	}
	return values(in), values(out), nil
}

func values(infos []ort.InputOutputInfo) []Value {
	values := make([]Value, len(infos))
	for i, info := range infos {
		values[i] = Value{Name: info.Name, Shape: info.Dimensions, Type: ElementType(info.DataType)}
		if info.OrtValueType != ort.ONNXTypeTensor {
			values[i].Shape, values[i].Type = nil, NoTensor
		}
	}
	return values
}

func (ortEngine) open(path string, o sessionOptions) (session, error) {
	options, err := o.ort()
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	s, err := ort.NewDynamicAdvancedSession(path, nil, nil, options)
	if err != nil {
		return nil, flat(err)
	}
	return &ortSession{s, path, o}, nil
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

// ortSession is one loaded model. The binding takes no names, so one session serves every shape.
type ortSession struct {
	session *ort.DynamicAdvancedSession
	path    string
	options sessionOptions
}

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

// probe loads the model a second time: only a session that knows its outputs' names can allocate them itself.
func (s *ortSession) probe(inputs []buffer, output string) ([]int64, error) {
	options, err := s.options.ort()
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	names, tensors := make([]string, len(inputs)), make([]ort.Value, len(inputs))
	for i, in := range inputs {
		if tensors[i], err = in.tensor(); err != nil {
			return nil, flat(err)
		}
		defer tensors[i].Destroy()
		names[i] = in.name
	}
	session, err := ort.NewDynamicAdvancedSession(s.path, names, []string{output}, options)
	if err != nil {
		return nil, flat(err)
	}
	defer session.Destroy()
	outputs := []ort.Value{nil}
	if err := session.Run(tensors, outputs); err != nil {
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
