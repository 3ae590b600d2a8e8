package demo

import (
	"bytes"
	_ "embed"
	"fmt"
	"time"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
)

// captured holds, for each of Sentences, the hidden state of its last token as the default model gave it: [20, 384] in fp32.
//
//go:generate go run ./capture captured.npy
//go:embed captured.npy
var captured []byte

// Captured quantises the embedded hidden states, and says how long the kernel took for each.
func Captured(kernel *q2.Kernel) ([]Entry, []time.Duration, error) {
	reader, err := rows.Open(bytes.NewReader(captured), int64(len(captured)), rows.Request{Format: rows.Npy})
	if err != nil {
		return nil, nil, err
	}
	if reader.Count != int64(len(Sentences)) {
		return nil, nil, fmt.Errorf("%d hidden states for %d sentences: run go generate in tools/q2/internal/demo", reader.Count, len(Sentences))
	}
	entries, times := make([]Entry, len(Sentences)), make([]time.Duration, len(Sentences))
	row := make([]byte, reader.RowBytes())
	for i, sentence := range Sentences {
		if _, err := reader.Next(row); err != nil {
			return nil, nil, err
		}
		f := q2.Fingerprint{Packed: make([]byte, q2.PackedLen(reader.N)), N: reader.N}
		begin := time.Now()
		f.Key, err = kernel.Quantise(f.Packed, q2.Tensor{Data: row, Dtype: reader.Dtype, SeqLen: 1, N: reader.N})
		times[i] = time.Since(begin)
		if err != nil {
			return nil, nil, err
		}
		entries[i] = Entry{sentence, f}
	}
	return entries, times, nil
}
