package index

import "github.com/cockroachdb/pebble/v2/vfs"

// Tuned is o with blocks of about so many bytes, put down after so many changes, so that small sets go through everything that large ones do. 0 and nil leave a
// default.
func Tuned(o Options, blockBytes, sealSlots int, fs vfs.FS) Options {
	o.tuning = tuning{blockBytes, sealSlots, fs}
	return o
}

// Keep does what the keeper does when it is woken.
func (ix *Index) Keep() error { return ix.settleArray(mergeTiers) }
