package index

import (
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// KeyRange is the keys from From to To, both included.
type KeyRange struct{ From, To uint64 }

// filter leaves codes out of a scan.
type filter interface {
	// narrow takes the marks of slots of a block away that it leaves out.
	narrow(selected []uint64, u unit, p partView)
}

// filters is several, all of which must let a code pass.
type filters []filter

func (fs filters) narrow(selected []uint64, u unit, p partView) {
	for _, f := range fs {
		f.narrow(selected, u, p)
	}
}

func (r KeyRange) narrow(selected []uint64, u unit, p partView) {
	keys := p.blocks[u.block].keys
	for i, word := range selected {
		kept := word
		eachBit([]uint64{word}, func(at int) {
			if key := keys.at(64*i + at); key < r.From || key > r.To {
				kept &^= 1 << at
			}
		})
		selected[i] = kept
	}
}

// slotSet is a set of slots of a view: of each part.
type slotSet []bitmap

func (s slotSet) narrow(selected []uint64, u unit, _ partView) {
	marks := s[u.part].block(u.block)
	if marks == nil {
		clear(selected)
		return
	}
	for i := range selected {
		selected[i] &= marks.words[i]
	}
}

// slotsOf is the slots that ids have in a view, live or not.
func (v *view) slotsOf(ids []uint64) slotSet {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	set := make(slotSet, len(v.parts))
	for i, p := range v.parts {
		marks := bitmap{}.edit(p.layout.slots, len(p.blocks))
		if p.segment != nil {
			for _, id := range ids {
				if slot, found := p.search(id); found {
					marks.set(slot)
				}
			}
		} else {
			for slot := range p.count {
				if _, found := slices.BinarySearch(ids, p.id(slot)); found {
					marks.set(slot)
				}
			}
		}
		set[i] = marks.bitmap
	}
	return set
}

// passing lists the ids of all entries of a moment whose payload a predicate lets pass, by one walk through the store.
func (ix *Index) passing(snapshot pebble.Reader, where func(id uint64, payload []byte) bool, stop func() error) (ids []uint64, err error) {
	seen := 0
	err = ix.eachEntry(snapshot, func(e Entry) error {
		if where(e.ID, e.Payload) {
			ids = append(ids, e.ID)
		}
		if seen++; seen%256 == 0 {
			return stop()
		}
		return nil
	})
	return ids, err
}
