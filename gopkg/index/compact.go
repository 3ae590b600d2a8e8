package index

import (
	"context"
)

// Compact makes the scan array one segment without dead codes, and has the store drop what was deleted or written anew. Reads and writes go on.
func (ix *Index) Compact(ctx context.Context) error {
	v, err := ix.enter()
	if err != nil {
		return err
	}
	defer ix.leave(v)
	if err := ix.settleArray(mergeAll); err != nil {
		return err
	}
	return ix.store.readError(ix.store.db.Compact(ctx, []byte{0}, []byte{0xff}, false))
}
