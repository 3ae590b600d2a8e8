// Package graph reads and edits ONNX graphs without an ONNX library and without holding weights in memory.
//
// It does one thing to a transformer: it makes the hidden state the model's output, cuts away what nobody needs any more (the head and its
// weights, the caches, the pooler) and, on request, cuts the hidden state to the last real token, so that the output is [batch, n]
// whatever the length of the text.
//
//	model, err := graph.Open("model.onnx")
//	...
//	defer model.Close()
//	edit, err := model.Edit(graph.Options{LastToken: true})
//	...
//	data, err := edit.Bytes() // or edit.WriteFile("cut.onnx")
//
// # What is read
//
// A model file is protobuf. Open walks it once and keeps names, attributes, shapes and byte ranges; payloads of tensors are skipped, but for
// integer tensors of a few elements, which say what a Reshape or a Slice does. An edited model is a list of byte ranges of the
// source and a few new bytes, copied through a small buffer. Kept nodes, weights and local functions are copied byte for byte.
//
// What is kept of the description is limited to 256 MiB, bodies may nest 32 deep, and whatever breaks the wire format is a *FormatError that names the byte.
//
// # What is promised of the result
//
// With ONNX Runtime's rewriting of graphs switched off, hidden states of the edited graph equal those of the whole one bit for bit. With it on they do as well unless
// an output that was dropped had kept nodes from being fused: then ONNX Runtime computes the same in another order, and last bits may differ.
// Options.KeepCaches keeps such outputs. The row that LastToken cuts equals the row of the exposed hidden state in either case.
//
// LastToken counts from the end: the row at −1 − (zeros in the mask), which is sum(mask) − 1 for right padding, is right too where a mask
// also covers cached tokens, and makes the run fail for a text that has no real token.
//
// # External data
//
// Data files beside a model are never opened. Their paths are relative to the model file, and ONNX Runtime refuses paths that leave its folder, so
// an edited model that still needs them must be written into the same folder: WriteFile refuses another one rather than
// copying gigabytes or leaving a model that can't be loaded. Bytes refuses too (ErrExternalData); whoever tells ONNX Runtime the folder through its session
// entry "session.model_external_initializers_file_folder_path" can take the same bytes from WriteTo.
//
// # What is refused
//
// A *RefusedError says why: the head can't be found, there are two candidates, the decoder is merged inside an If, the activation before the head is
// not [batch, sequence, n], the graph was cut before. Nothing is guessed.
package graph
