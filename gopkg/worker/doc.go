// Package worker fingerprints texts for a server. It owns a model, takes requests from any number of goroutines, runs those that wait together
// as one batch, and gives out compact results only: no hidden state leaves it.
//
//	w, err := worker.Open(ctx, worker.Options{Folder: folder})
//	...
//	defer w.Close()
//	f, err := w.Submit(ctx, worker.Request{Text: "Knead the dough."})
//
// # Batches
//
// A batch is one run of the model, one call of the kernel and one lease of memory (gopkg/arena). It always holds the request that has waited
// longest, so none starves, and those of the others that are nearest to it in length, so that little is padded. While runs are on, requests
// gather; when one ends, what waits is taken at once. The worker waits for more only right after a batch, for as many as it has
// just answered and for Options.Delay at most, since callers with much to do come straight back. A lone caller is never kept waiting.
//
// A model with dynamically quantised weights (int8) measures the whole batch to choose its scale, so a text's hidden state, and a few symbols
// of its code, depend on what else is in the batch. MaxBatch 1 gives codes that depend on the text alone.
//
// # Failures
//
// A request that can't be used (a token that is not in the vocabulary, too long, not UTF-8) fails before it joins a batch, and one whose hidden state
// is not finite fails alone. What ONNX Runtime says of a run fails that batch; the worker goes on. A caller whose context ends gets the
// context's error at once: its request leaves the queue, or, in a run that is on, its result is dropped.
package worker
