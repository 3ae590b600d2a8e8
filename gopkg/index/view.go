package index

import (
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/cockroachdb/pebble/v2"
)

// view is one moment of the index: the scan array as it was, and the store as it was. It is never changed.
type view struct {
	parts    []partView // the last one is in memory and open: the writer adds to it
	snapshot *pebble.Snapshot
	seq      uint64
	live     int
	refs     atomic.Int64
	changes  int // slots written and ids changed since the open part was begun
}

// enter takes the current view, until leave. It waits for no write: the mutex is held for an exchange of pointers only.
func (ix *Index) enter() (*view, error) {
	ix.current.Lock()
	defer ix.current.Unlock()
	if ix.current.view == nil {
		return nil, ErrClosed
	}
	ix.current.view.refs.Add(1)
	ix.current.reads.Add(1)
	return ix.current.view, nil
}

func (ix *Index) leave(v *view) {
	ix.release(v)
	ix.current.reads.Done()
}

// publish makes v the current view. Its parts get a reference, and its predecessor loses one.
func (ix *Index) publish(v *view) {
	if v != nil {
		v.refs.Store(1)
		for _, p := range v.parts {
			p.refs.Add(1)
		}
	}
	ix.current.Lock()
	before := ix.current.view
	ix.current.view = v
	ix.current.Unlock()
	if before != nil {
		ix.release(before)
	}
}

func (ix *Index) release(v *view) {
	if v.refs.Add(-1) > 0 {
		return
	}
	if v.snapshot != nil && !ix.store.stuck.Load() { // a store that is stuck would not come back from it
		v.snapshot.Close()
	}
	for _, p := range v.parts {
		p.release()
	}
}

// find is the live slot of an id. Only the writer may ask.
func (v *view) find(id uint64) (place, bool) {
	for i := len(v.parts) - 1; i >= 0; i-- {
		if slot, found := v.parts[i].find(id); found {
			return place{i, slot}, true
		}
	}
	return place{}, false
}

// inMemory is how many slots are not in segments.
func (v *view) inMemory() (slots int) {
	for _, p := range v.parts {
		if p.segment == nil {
			slots += p.count
		}
	}
	return slots
}

// place is a slot of a part of a view.
type place struct{ part, slot int }

// viewEdit makes the next view out of one. Finds look at the edit's own state.
type viewEdit struct {
	view
	dead map[int]*bitmapEdit // of parts that lost slots
}

func (v *view) edit() *viewEdit {
	return &viewEdit{view{parts: slices.Clone(v.parts), seq: v.seq, live: v.live, changes: v.changes}, map[int]*bitmapEdit{}}
}

// kill marks a slot as dead.
func (e *viewEdit) kill(at place) {
	p := &e.parts[at.part]
	marks := e.dead[at.part]
	if marks == nil {
		marks = p.dead.edit(p.layout.slots, len(p.blocks))
		e.dead[at.part] = marks
	}
	if marks.set(at.slot) {
		e.live--
	}
	p.dead = marks.bitmap
}

// add makes an id live that is not.
func (e *viewEdit) add(id, key uint64, code []byte) {
	e.parts[len(e.parts)-1].add(id, key, code)
	e.live++
}

// done is the edited view, not yet published.
func (e *viewEdit) done(snapshot *pebble.Snapshot) *view {
	return &view{parts: e.parts, snapshot: snapshot, seq: e.seq, live: e.live, changes: e.changes}
}

// alignedMemory is zeroed and begins where codes may.
func alignedMemory(size int) []byte {
	memory := make([]byte, size+alignment-1)
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(memory)))) & (alignment - 1)
	return memory[skip : skip+size : skip+size]
}
