package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/q2kernel/q2/gopkg/golden"
	"github.com/q2kernel/q2/gopkg/q2"
)

// maxGolden limits a golden file, which is held in memory whole; ours has 3 MiB.
const maxGolden = 1 << 30

// canary fills buffers that a refused row must leave alone.
const canary = 0xA5

// checked is what a backend is checked by.
type checked interface {
	Quantise(packed []byte, t q2.Tensor) (q2.TransitionKey, error)
	QuantiseRows(dst q2.RowResults, rows q2.Rows) error
	Key(packed []byte, n int) (q2.TransitionKey, error)
}

// checkCase runs one golden case through the three ways to its result: one tensor, rows, and the key of the packed code.
func checkCase(k checked, c golden.Case) error {
	if err := checkTensor(k, c); err != nil {
		return err
	}
	if err := checkRows(k, c); err != nil {
		return fmt.Errorf("as rows: %w", err)
	}
	if c.Status == golden.StatusNotFinite {
		return nil
	}
	key, err := k.Key(c.Packed, c.N)
	if err != nil {
		return fmt.Errorf("key of the code: %w", err)
	}
	return compareKey(c, key)
}

func checkTensor(k checked, c golden.Case) error {
	packed := bytes.Repeat([]byte{canary}, len(c.Packed))
	key, err := k.Quantise(packed, q2.Tensor{Data: c.Input, Dtype: q2.Dtype(c.Dtype), SeqLen: c.SeqLen, N: c.N})
	if c.Status == golden.StatusNotFinite {
		if !errors.Is(err, q2.ErrNotFinite) {
			return fmt.Errorf("not refused as not finite: %v", err)
		}
		if !bytes.Equal(packed, bytes.Repeat([]byte{canary}, len(packed))) {
			return errors.New("refused, but the code was written")
		}
		return nil
	}
	if err != nil {
		return err
	}
	if err := comparePacked(c, packed); err != nil {
		return err
	}
	return compareKey(c, key)
}

// checkRows gives the last row to the batch call; a refused one must come back as zeros.
func checkRows(k checked, c golden.Case) error {
	dtype := q2.Dtype(c.Dtype)
	last := c.Input[len(c.Input)-dtype.RowBytes(c.N):]
	packed := bytes.Repeat([]byte{canary}, len(c.Packed))
	keys, transitions, status := []uint64{canary}, []uint32{canary}, make([]q2.Status, 1)
	err := k.QuantiseRows(
		q2.RowResults{Packed: packed, Keys: keys, Transitions: transitions, Status: status},
		q2.Rows{Data: last, Dtype: dtype, Count: 1, N: c.N})
	if refused := c.Status == golden.StatusNotFinite; refused != errors.Is(err, q2.ErrNotFinite) || !refused && err != nil {
		return fmt.Errorf("status %d expected: %v", c.Status, err)
	}
	if uint32(status[0]) != c.Status {
		return fmt.Errorf("row status %d, %d expected", status[0], c.Status)
	}
	if err := comparePacked(c, packed); err != nil {
		return err
	}
	return compareKey(c, q2.TransitionKey{Bits: keys[0], Transitions: transitions[0]})
}

func comparePacked(c golden.Case, packed []byte) error {
	for i := range packed {
		if packed[i] != c.Packed[i] {
			return fmt.Errorf("code byte %d is %02x, %02x expected", i, packed[i], c.Packed[i])
		}
	}
	return nil
}

func compareKey(c golden.Case, key q2.TransitionKey) error {
	if key.Bits != c.Key || key.Transitions != c.Transitions {
		return fmt.Errorf("key %016x with %d transitions, %016x with %d expected", key.Bits, key.Transitions, c.Key, c.Transitions)
	}
	return nil
}

// readLimited reads all of r, up to a limit.
func readLimited(r io.Reader, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return content, err
}
