package index

import (
	"fmt"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Item is what is written: an id, a code or the activation that it is made of, and a payload.
type Item struct {
	ID         uint64
	Code       []byte    // q2.PackedLen(N) bytes, or
	Activation q2.Tensor // of the index's dimensions and type; its last row counts
	Payload    []byte    // any bytes, also none
}

// Entry is what is kept.
type Entry struct {
	ID      uint64
	Key     q2.TransitionKey
	Code    []byte
	Payload []byte
}

// prepared is an item that was checked and quantised.
type prepared struct {
	id            uint64
	key           q2.TransitionKey
	code, payload []byte
	vector        []byte
}

func (p prepared) bytes() int { return entryHeader + len(p.code) + len(p.payload) + len(p.vector) + 64 }

// prepare checks a whole batch before anything of it is written.
func (ix *Index) prepare(items []Item) ([]prepared, error) {
	if len(items) > MaxBatch {
		return nil, tooMany(len(items))
	}
	ready := make([]prepared, len(items))
	total := 0
	for i, item := range items {
		p, err := ix.prepareItem(item)
		if err != nil {
			return nil, &ItemError{i, item.ID, err}
		}
		ready[i] = p
		if total += p.bytes(); total > MaxBatchBytes {
			return nil, &ArgumentError{"size of a batch in bytes", total, fmt.Sprintf("at most %d", MaxBatchBytes)}
		}
	}
	return ready, nil
}

func (ix *Index) prepareItem(item Item) (prepared, error) {
	p := prepared{id: item.ID, payload: item.Payload, code: make([]byte, ix.layout.codeLen)}
	if len(item.Payload) > MaxPayload {
		return p, &ArgumentError{"length of payload", len(item.Payload), fmt.Sprintf("at most %d", MaxPayload)}
	}
	var err error
	if p.key, err = ix.quantise(p.code, item.Code, item.Activation); err != nil {
		return p, err
	}
	if ix.options.Vectors != NoVectors {
		p.vector, err = ix.vectorOf(item)
	}
	return p, err
}

// quantise makes the code of an activation, or a clean copy of a code, and its key.
func (ix *Index) quantise(packed, code []byte, activation q2.Tensor) (q2.TransitionKey, error) {
	switch {
	case code != nil && activation.Data != nil:
		return q2.TransitionKey{}, &ArgumentError{"code", "given", "left out where there is an activation"}
	case code != nil:
		if len(code) != ix.layout.codeLen {
			return q2.TransitionKey{}, &ArgumentError{"length of code", len(code), fmt.Sprintf("%d, for %d dimensions", ix.layout.codeLen, ix.options.N)}
		}
		return ix.kernel.Quantise(packed, q2.Tensor{Data: code, Dtype: q2.Q2, SeqLen: 1, N: ix.options.N})
	case activation.Data == nil:
		return q2.TransitionKey{}, &ArgumentError{"code", "missing", "given where there is no activation"}
	case activation.N != ix.options.N:
		return q2.TransitionKey{}, &ArgumentError{"dimensions of the activation", activation.N, fmt.Sprintf("%d, the index's", ix.options.N)}
	case activation.Dtype != ix.options.Dtype:
		return q2.TransitionKey{}, &ArgumentError{"dtype of the activation", activation.Dtype.String(), ix.options.Dtype.String() + ", the index's"}
	}
	return ix.kernel.Quantise(packed, activation)
}

func (ix *Index) vectorOf(item Item) ([]byte, error) {
	if item.Activation.Data == nil {
		return nil, &ArgumentError{"code", "given alone", "an activation in an index that keeps vectors"}
	}
	return encodeVector(floatRow(item.Activation), ix.options.Vectors), nil
}

func tooMany(items int) error {
	return &ArgumentError{"number of items in a batch", items, fmt.Sprintf("at most %d", MaxBatch)}
}

// Check says whether Upsert would take an item, without writing it.
func (ix *Index) Check(item Item) error {
	_, err := ix.prepareItem(item)
	return err
}
