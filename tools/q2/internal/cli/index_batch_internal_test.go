package cli

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index"
)

// A write that fails or is interrupted in the midst of what is held says how much was written, and that it is the first part.
func TestWriteHeldCountsWhatIsWritten(t *testing.T) {
	held := &itemSpool{}
	defer held.close()
	const items = 2*batchItems + 7
	for id := range uint64(items) {
		require.NoError(t, held.add(index.Item{ID: id, Code: []byte{1}}, "here"))
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	full := errors.New("full")
	next := uint64(0)
	upsert := func(fail error, after uint64) func(items ...index.Item) error {
		next = 0
		return func(items ...index.Item) error {
			if fail != nil && next == after {
				return fail
			}
			for _, item := range items {
				require.Equal(t, next, item.ID)
				next++
			}
			return nil
		}
	}
	written, err := writeHeld(ctx, upsert(nil, 0), held)
	require.NoError(t, err)
	require.Equal(t, items, written)

	written, err = writeHeld(ctx, upsert(full, batchItems), held)
	require.ErrorIs(t, err, full)
	require.Equal(t, batchItems, written)
	err = (&indexAddCommand{OnlyNew: true}).cutShort(written, held.count, err)
	require.EqualError(t, err, "full; the first 4096 of 8199 entries are written, and for the others run the command again without --only-new: they were all new")

	first := upsert(nil, 0)
	written, err = writeHeld(ctx, func(items ...index.Item) error {
		stop()
		return first(items...)
	}, held)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, batchItems, written)
	err = (&indexAddCommand{}).cutShort(written, held.count, err)
	require.EqualError(t, err, "interrupted; the first 4096 of 8199 entries are written, and for the others run the command again")
}
