package onnx

import (
	"cmp"
	"fmt"
	"math"
	"runtime"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/gopkg/q2"
)

// What the zero values of Options stand for.
const (
	DefaultMaxTokens      = 4096
	DefaultMaxBatch       = 64
	DefaultMaxBatchTokens = 16384
	DefaultParallelRuns   = 2
)

// Limits of Options.
const (
	maxTokensLimit = 1 << 20
	maxBatchLimit  = 1 << 16
	maxParallel    = 1024
	maxThreads     = 1024
)

// Options say how a model is opened. The zero value is fine, on a server too.
type Options struct {
	// Library is the path of ONNX Runtime's shared library, 1.24 or newer. Without it the environment variable ONNXRUNTIME_LIB is
	// taken, else what `q2 setup` fetched, else what the system's loader finds. A process has one ONNX Runtime: if somebody
	// initialised onnxruntime_go before, theirs is used.
	Library string

	// Output names the output that is the hidden state, for a model in which it can't be found.
	Output string
	// Logits names the output to walk back from to the hidden state, even if another output looks like one; "" finds it.
	Logits string
	// Mask names the input that tells real tokens from padding; "" is attention_mask.
	Mask string
	// Padding is the side on which the shorter texts of a batch are filled up. A model that was cut to the last token before has its own.
	Padding graph.Padding
	// EveryToken leaves the hidden state of every token in place, instead of having the model put out the last token's only: what Visit
	// shows is then [sequence, n]. Slower, and more memory.
	EveryToken bool
	// MixDynamic lets texts share a run in a model that scales whole tensors by their largest elements (Run.Dynamic). That is faster, and a text's code
	// then depends on its company: a fifth of the symbols may change. Without it FingerprintBatch runs such a model once for each text.
	MixDynamic bool
	// VocabularySize tells logits from hidden states and bounds token ids. Without it the embedding table tells.
	VocabularySize int
	// N is the hidden dimension of a model that leaves it open. Without it one run of one token finds it out.
	N int

	// MaxTokens bounds the length of a text, beside the room that the model has for positions (Run.Positions). MaxBatch bounds the texts of a batch, and MaxBatchTokens their number times the length of the
	// longest, what one run takes. Memory for that is reserved for each parallel run, and used only as far as texts need it. 0 stands for 4096,
	// 64, and 16384 or MaxTokens if that is larger.
	MaxTokens, MaxBatch, MaxBatchTokens int
	// ParallelRuns is how many runs can be on at a time; more callers wait. They share one session, so weights are in memory once. 0 stands for 2.
	ParallelRuns int
	// IntraOpThreads and InterOpThreads are ONNX Runtime's threads within and between operators, shared by the runs. 0 stands for GOMAXPROCS, which
	// respects a container's share of processors where ONNX Runtime's own choice does not, and for 1.
	IntraOpThreads, InterOpThreads int
	// Spin lets waiting threads of ONNX Runtime burn processor time: a little faster alone, bad for the rest of a server.
	Spin bool
	// Lock keeps activations in RAM, never paged out.
	Lock arena.Lock
}

// check holds options against their limits, before anything is loaded.
func (o Options) check() error {
	for _, c := range []struct {
		what         string
		value, limit int
	}{
		{"VocabularySize", o.VocabularySize, math.MaxInt32}, {"N", o.N, q2.MaxDim},
		{"MaxTokens", o.MaxTokens, maxTokensLimit}, {"MaxBatch", o.MaxBatch, maxBatchLimit}, {"MaxBatchTokens", o.MaxBatchTokens, maxTokensLimit},
		{"ParallelRuns", o.ParallelRuns, maxParallel}, {"IntraOpThreads", o.IntraOpThreads, maxThreads}, {"InterOpThreads", o.InterOpThreads, maxThreads},
		{"Padding", int(o.Padding), int(graph.PadLeft)}, {"Lock", int(o.Lock), int(arena.LockRequired)},
	} {
		if c.value < 0 || c.value > c.limit {
			return &LimitError{ErrOption, c.what, int64(c.value), fmt.Sprintf("0 to %d", c.limit)}
		}
	}
	if o.MaxBatchTokens > 0 && o.MaxBatchTokens < o.MaxTokens {
		return &LimitError{ErrOption, "MaxBatchTokens", int64(o.MaxBatchTokens), fmt.Sprintf("at least MaxTokens, %d", o.MaxTokens)}
	}
	return nil
}

func (o Options) session() sessionOptions {
	return sessionOptions{
		intraOpThreads: cmp.Or(o.IntraOpThreads, min(maxThreads, runtime.GOMAXPROCS(0))),
		interOpThreads: cmp.Or(o.InterOpThreads, 1),
		spin:           o.Spin,
	}
}

// limits are what a model takes in one text, and in one run.
type limits struct{ tokens, batch, batchTokens int }

// limits fits the options to a model that is fed by plan and has room for so many positions, or 0 for any number.
func (o Options) limits(plan *inputPlan, positions int64) (limits, error) {
	l := limits{batch: cmp.Or(o.MaxBatch, DefaultMaxBatch)}
	l.tokens = cmp.Or(plan.length, o.MaxTokens, min(DefaultMaxTokens, cmp.Or(o.MaxBatchTokens, DefaultMaxTokens)))
	if positions > 0 && plan.length == 0 {
		l.tokens = int(min(int64(l.tokens), positions))
	}
	l.batchTokens = cmp.Or(o.MaxBatchTokens, max(DefaultMaxBatchTokens, l.tokens))
	if l.batchTokens < l.tokens {
		return limits{}, &LimitError{ErrOption, "MaxBatchTokens", int64(l.batchTokens), fmt.Sprintf("at least %d, the length of the model's texts", l.tokens)}
	}
	return l, nil
}

// editing is what gopkg/onnx/graph is asked for.
func (o Options) editing(lastToken bool) graph.Options {
	return graph.Options{Output: o.Output, Logits: o.Logits, Vocabulary: int64(o.VocabularySize), LastToken: lastToken, Padding: o.Padding, Mask: o.Mask}
}
