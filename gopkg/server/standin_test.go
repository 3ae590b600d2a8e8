package server_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/reference"
	"github.com/q2kernel/q2/gopkg/server"
	"github.com/q2kernel/q2/gopkg/tokenizer"
)

// No test of this package may leave a goroutine behind.
func TestMain(m *testing.M) {
	runAsCommand()
	goleak.VerifyTestMain(m)
}

// Token ids that the stand-in for a model treats in its own way.
const (
	dims       = 8
	vocabulary = 40
	mostTokens = 32

	notFinite    = 30
	failing      = 31
	panicking    = 32 // in the worker's goroutine, and in one of the request's
	checkPanicks = 33 // in the request's own
)

var errRuntime = errors.New("onnx: run of 1 texts: /srv/models/secret/model.onnx: node MatMul_7 failed")

// standIn is a model whose hidden state depends on the ids alone.
type standIn struct {
	hold   chan struct{} // not nil: a run waits until something comes, or it is closed
	begun  chan struct{} // not nil: each run says that it has begun
	takes  time.Duration // each run
	leases *arena.Arena  // not nil: a run has one of them while it is on
	ran    atomic.Int64
	closed atomic.Bool
}

func (*standIn) N() int                 { return dims }
func (*standIn) MaxBatch() int          { return 8 }
func (*standIn) MaxBatchTokens() int    { return 256 }
func (*standIn) MaxTokens() int         { return mostTokens }
func (*standIn) PaddedLength(l int) int { return l }
func (*standIn) Pads() bool             { return true }
func (m *standIn) close() error         { m.closed.Store(true); return nil }

func (m *standIn) Stats() arena.Stats {
	if m.leases != nil {
		return m.leases.Stats()
	}
	return arena.Stats{Leases: 2, UsableBytes: 8192}
}

func (*standIn) Check(ids []int64) error {
	if len(ids) == 0 {
		return onnx.ErrEmptyInput
	}
	if len(ids) > mostTokens {
		return &onnx.LimitError{Kind: onnx.ErrTooLong, What: "the number of token ids", Value: int64(len(ids)), Limit: fmt.Sprintf("at most %d", mostTokens)}
	}
	for at, id := range ids {
		if id < 0 || id >= vocabulary {
			return &onnx.LimitError{Kind: onnx.ErrTokenRange, What: fmt.Sprintf("token %d", at), Value: id, Limit: fmt.Sprintf("0 to %d", vocabulary-1)}
		}
		if id == checkPanicks {
			panic("the check of a token")
		}
	}
	return nil
}

// wait is what a run takes: a lease of the arena, as the real model has it, and time.
func (m *standIn) wait() {
	if m.leases != nil {
		lease, err := m.leases.Acquire(context.Background())
		if err != nil {
			panic(err)
		}
		defer func() {
			if err := lease.Release(); err != nil {
				panic(err)
			}
		}()
	}
	if m.begun != nil {
		m.begun <- struct{}{}
	}
	if m.hold != nil {
		<-m.hold
	}
	time.Sleep(m.takes)
	m.ran.Add(1)
}

func (m *standIn) FingerprintBatch(dst []onnx.Result, ids [][]int64) (onnx.Timing, error) {
	m.wait()
	for i, text := range ids {
		var key q2.TransitionKey
		key, dst[i].Err = run(dst[i].Packed, text)
		if dst[i].Err == nil {
			dst[i].Key = key
		}
	}
	return onnx.Timing{Model: 3 * time.Millisecond, Kernel: 5 * time.Microsecond}, nil
}

func (m *standIn) VisitTimed(ids []int64, read func(q2.Tensor) error) (onnx.Timing, error) {
	m.wait()
	if ids[0] == panicking {
		panic("a run")
	}
	return onnx.Timing{Model: 3 * time.Millisecond}, read(q2.Float32Row(hidden(ids)))
}

// run is what the kernel makes of a text's hidden state, by the reference.
func run(packed []byte, ids []int64) (q2.TransitionKey, error) {
	switch ids[0] {
	case failing:
		return q2.TransitionKey{}, errRuntime
	case panicking:
		panic("a run")
	}
	t := q2.Float32Row(hidden(ids))
	bits, transitions, err := reference.Quantise(packed, t.Data, 1, t.N, reference.FP32)
	if errors.Is(err, reference.ErrNotFinite) {
		err = q2.ErrNotFinite
	}
	return q2.TransitionKey{Bits: bits, Transitions: transitions}, err
}

func hidden(ids []int64) []float32 {
	x, sum := make([]float32, dims), int64(0)
	for i, id := range ids {
		sum += int64(i+1) * id
	}
	for i := range x {
		x[i] = float32(math.Sin(float64(sum)*1.7 + float64(i)*2.3))
	}
	if ids[0] == notFinite {
		x[3] = float32(math.NaN())
	}
	return x
}

// expected is the fingerprint of token ids.
func expected(t *testing.T, ids ...int64) (packed []byte, key q2.TransitionKey) {
	t.Helper()
	packed = make([]byte, q2.PackedLen(dims))
	key, err := run(packed, ids)
	require.NoError(t, err)
	return packed, key
}

// words are the vocabulary: [CLS] 1, [SEP] 2, then from 3 on the words.
const words = `{"[UNK]":0,"[CLS]":1,"[SEP]":2,"knead":3,"the":4,"dough":5,"let":6,"it":7,"rise":8,".":9,"a":10,"b":11}`

// textTokenizer cuts texts after 6 tokens.
var textTokenizer = sync.OnceValues(func() (*tokenizer.Tokenizer, error) {
	return tokenizer.Parse([]byte(`{"version":"1.0","truncation":{"max_length":6,"strategy":"LongestFirst","stride":0},"added_tokens":[],
		"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
		"pre_tokenizer":{"type":"BertPreTokenizer"},
		"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],
			"pair":[],"special_tokens":{"[CLS]":{"id":"[CLS]","ids":[1],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[2],"tokens":["[SEP]"]}}},
		"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":` + words + `}}`))
})

func newModel(t testing.TB, m *standIn) *server.Model {
	t.Helper()
	model, err := buildModel(m)
	require.NoError(t, err)
	return model
}

func buildModel(m *standIn) (*server.Model, error) {
	tok, err := textTokenizer()
	if err != nil {
		return nil, err
	}
	hiddenState := graph.Value{Name: "last_hidden_state", Elem: graph.Float32}
	return &server.Model{
		Name: "stand-in", Runner: m, Tokenizer: tok, Close: m.close,
		Inspection: onnx.Inspection{
			Verdicts: []onnx.Output{{Value: hiddenState, Chosen: true, Why: "it has three dimensions"}, {Value: graph.Value{Name: "logits", Elem: graph.Float32}, Why: "its name"}},
			Run:      &onnx.Run{Hidden: hiddenState, Why: "it has three dimensions", LastToken: true},
		},
	}, nil
}
