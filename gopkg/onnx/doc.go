// Package onnx runs a transformer with ONNX Runtime and quantises the hidden state of the last real token where ONNX Runtime wrote
// it: in memory of a gopkg/arena, which the kernel reads in place. Nothing copies the activation.
//
//	model, err := onnx.Open("model.onnx", onnx.Options{})
//	...
//	defer model.Close()
//	packed := make([]byte, q2.PackedLen(model.N()))
//	key, timing, err := model.Fingerprint(packed, ids)
//
// # The hidden state
//
// Open reads the graph with gopkg/onnx/graph, finds the hidden state [batch, sequence, n], cuts away what is not needed for it, and adds the
// gather of each text's last real token, so that a run puts out [batch, n]. That happens in memory, and the file stays as it is. The hidden
// state is the first of these outputs that has three dimensions: last_hidden_state, hidden_states, last_conv_hidden_states,
// encoder_last_hidden_state. Else it is the only output with three dimensions that is neither logits nor a cache. Else, for a model that puts
// out logits alone, it is what the head multiplies. float32, float16, bfloat16 and int8 go to the kernel as they are.
//
// A model that can't be cut is run for the state of every token, and Run says why; so is any with Options.EveryToken. One without
// a hidden state is a *SelectionError. Inspect tells all of that without ONNX Runtime.
//
// # Inputs
//
// input_ids, token_type_ids and position_ids are fed as int64 or int32 where the model asks for them, attention_mask as float32 or bool too;
// past_key_values get a length of 0. A model that requires anything else is refused with an *InputError.
//
// # Batches
//
// FingerprintBatch takes several texts in one run and one call of the kernel. What can't be used fails alone. A text's code does not depend
// on the others: a model that scales whole tensors when it runs, and so would mix them, is run once for each text (Run.Dynamic).
// docs/MODEL.md has measurements.
//
// # Concurrency
//
// All methods of Model may be called from many goroutines. Options.ParallelRuns of them run at a time, each in a lease of the model's arena, and
// share one session and its threads; the others wait in the order of arrival. A run can't be interrupted, so none takes a context: bound the wait
// before it, as gopkg/worker does.
//
// # Building
//
// ONNX Runtime is loaded when the first model is opened: see Options.Library. Running models needs cgo. Without it the package
// builds, Inspect works, and Open returns ErrNoCgo.
package onnx
