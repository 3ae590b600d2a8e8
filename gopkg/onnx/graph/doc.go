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
