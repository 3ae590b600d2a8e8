package worker

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/q2kernel/q2/gopkg/chat"
	"github.com/q2kernel/q2/gopkg/onnx"
)

// What the zero values of Options stand for.
const (
	DefaultQueue          = 1024
	DefaultDelay          = time.Millisecond
	DefaultMaxBatchTokens = 128
	DefaultMaxPadding     = 10
	DefaultEventBuffer    = 256
)

const (
	maxQueue  = 1 << 20
	maxBuffer = 1 << 20
	maxRuns   = 1024
	maxDelay  = time.Minute
)

// Options say how a worker is opened and how it batches. The zero value is fine.
type Options struct {
	// Folder holds model.onnx, tokenizer.json and the chat template's files, if any. "" is the one that `q2 setup` fetched. New has no use for it.
	Folder string
	// Model is how Open opens the model: its threads (IntraOpThreads, InterOpThreads, Spin), limits and library. New has no use for it.
	// VocabularySize is the tokenizer's if it is 0, and ParallelRuns is Runs. IntraOpThreads is 1 if it is 0: runs side by side, each on a processor
	// of its own, serve many callers faster than all processors on each run in turn. A lone caller has its answer sooner with more.
	Model onnx.Options

	// Chat is what the model's chat template is told beside a conversation: the date, where it writes one, and the names that it may read. New has
	// no use for it.
	Chat chat.Options

	// Runs is how many batches are run at a time. 0 stands for as many as GOMAXPROCS has room for with IntraOpThreads each, and with New for
	// onnx.DefaultParallelRuns. Workers that share a model wait for each other's leases if theirs add up to more than its ParallelRuns.
	Runs int
	// MaxBatch bounds the requests of a batch, and MaxBatchTokens their number times the length of the longest; a longer text is run alone. Neither
	// can exceed the model's limits. 0 stands for the model's MaxBatch, and for 128 tokens: on a processor, more of them leave the caches and
	// gain nothing.
	MaxBatch, MaxBatchTokens int
	// MaxPadding is the share of a batch's tokens, in percent, that may be padding. 0 stands for 10. A negative value allows none: only texts of
	// equal length share a run.
	MaxPadding int
	// Delay is how long the worker waits, from the end of a batch, for the callers that it has answered to come back, if they were more than wait
	// already. 0 stands for 1 ms, a negative value for none.
	Delay time.Duration
	// Queue is how many requests may wait for a run; 0 stands for 1024. When so many do, Submit returns ErrBusy, or with Wait set waits until
	// there is room, in the order of arrival.
	Queue int
	Wait  bool
	// EventBuffer is how many events a listener may be behind before it loses some; 0 stands for 256.
	EventBuffer int
}

func (o Options) check() error {
	for _, c := range []struct {
		what              string
		value, low, limit int64
	}{
		{"Runs", int64(o.Runs), 0, maxRuns}, {"MaxBatch", int64(o.MaxBatch), 0, math.MaxInt32}, {"MaxBatchTokens", int64(o.MaxBatchTokens), 0, math.MaxInt32},
		{"MaxPadding", int64(o.MaxPadding), math.MinInt64, 100}, {"Delay", int64(o.Delay), math.MinInt64, int64(maxDelay)},
		{"Queue", int64(o.Queue), 0, maxQueue}, {"EventBuffer", int64(o.EventBuffer), 0, maxBuffer},
	} {
		if c.value < c.low || c.value > c.limit {
			return &LimitError{c.what, c.value, fmt.Sprintf("at least %d and at most %d", c.low, c.limit)}
		}
	}
	return nil
}

// serving is how a model of the worker's own is opened where the options leave it open: a thread for each run, and as many runs as processors.
func (o Options) serving() Options {
	o.Model.IntraOpThreads = cmp.Or(o.Model.IntraOpThreads, 1)
	o.Runs = cmp.Or(o.Runs, min(maxRuns, max(1, runtime.GOMAXPROCS(0)/o.Model.IntraOpThreads)))
	return o
}

// settled replaces zeros by what they stand for.
func (o Options) settled() Options {
	o.Runs = cmp.Or(o.Runs, onnx.DefaultParallelRuns)
	o.Queue = cmp.Or(o.Queue, DefaultQueue)
	o.MaxPadding = max(0, cmp.Or(o.MaxPadding, DefaultMaxPadding))
	o.Delay = max(0, cmp.Or(o.Delay, DefaultDelay))
	o.EventBuffer = cmp.Or(o.EventBuffer, DefaultEventBuffer)
	return o
}

// limits fits the options to the runner's.
func (o Options) limits(r Runner) (limits, error) {
	l := limits{
		batch: cmp.Or(o.MaxBatch, r.MaxBatch()), tokens: cmp.Or(o.MaxBatchTokens, min(DefaultMaxBatchTokens, r.MaxBatchTokens())), padding: o.MaxPadding,
		pads: r.Pads(), paddedLength: r.PaddedLength,
	}
	if l.batch > r.MaxBatch() {
		return l, &LimitError{"MaxBatch", int64(l.batch), fmt.Sprintf("at most %d, the model's", r.MaxBatch())}
	}
	if l.tokens > r.MaxBatchTokens() {
		return l, &LimitError{"MaxBatchTokens", int64(l.tokens), fmt.Sprintf("at most %d, the model's", r.MaxBatchTokens())}
	}
	return l, nil
}
