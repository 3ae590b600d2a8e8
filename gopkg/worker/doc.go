// Package worker fingerprints texts for a server. It owns a model, takes requests from any number of goroutines, runs those that wait together
// as one batch, and gives out compact results only: no hidden state leaves it.
//
//	w, err := worker.Open(ctx, worker.Options{Folder: folder})
//	...
//	defer w.Close()
//	f, err := w.Submit(ctx, worker.Request{Text: "Knead the dough."})
//
// A conversation is written as the model was trained to read it, by the chat template in its folder (gopkg/chat), and fingerprinted at its end:
//
//	f, err := w.SubmitConversation(ctx, []worker.Message{{Role: "user", Content: "Is the dough ready?"}, {Role: "assistant", Content: "Not yet."}})
//
// # Batches
//
// A batch is one run of the model, one call of the kernel and one lease of memory (gopkg/arena). It always holds the request that has waited
// longest, so none starves, and those of the others that are nearest to it in length, so that little is padded. While runs are on, requests
// gather; when one ends, what waits is taken at once. The worker waits for more only right after a batch, for as many as it has
// just answered and for Options.Delay at most, since callers with much to do come straight back. A lone caller is never kept waiting.
//
// A batch holds some 128 tokens (Options.MaxBatchTokens) and little padding, and runs on one thread, beside as many others as there are
// processors: that is what serves the most texts a second. Options.Model.IntraOpThreads serves a lone caller sooner.
//
// A model that quantises its activations at run time scales a whole batch at once, so that a text's code would depend on its company: its texts are
// run one by one, unless Options.Model.MixDynamic says otherwise.
//
// # Failures
//
// A request that can't be used (a token that is not in the vocabulary, too long, not UTF-8) fails before it joins a batch, and one whose hidden state
// is not finite fails alone. Where ONNX Runtime fails on a batch, its texts are run again one by one, and those that it fails on get its error; the
// worker goes on. A caller whose context ends gets the
// context's error at once: its request leaves the queue, or, in a run that is on, its result is dropped.
package worker
