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
// It is the first of these outputs that has three dimensions, [batch, sequence, n]: last_hidden_state, hidden_states,
// last_conv_hidden_states, encoder_last_hidden_state. Else it is the only output with three dimensions that is neither logits nor
// a cache. Inspect says for every output why it was or was not chosen; a model without one is a *SelectionError.
//
// # Inputs
//
// input_ids, attention_mask, token_type_ids and position_ids are fed as int64 or int32 where the model asks for them; past_key_values
// get a length of 0. A model that requires anything else is refused with an *InputError.
//
// # Building
//
// ONNX Runtime is loaded when the first model is opened: see Options.Library. Running models needs cgo. Without it the package
// builds and Open returns ErrNoCgo.
package onnx
