package index

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"
)

// Upsert writes items, as one batch: all of them or none, whatever happens. An item takes the place of an entry with its id; of several items with one id the
// last one counts. Errors: *ItemError for an item that can't be used (around *ArgumentError or q2.ErrNotFinite), *ArgumentError for a batch that is too
// large, ErrDiskFull, ErrFailed, ErrClosed.
func (ix *Index) Upsert(items ...Item) error {
	ready, err := ix.prepare(items)
	if err != nil {
		return err
	}
	return ix.commit(lastOfEach(ready), false)
}

// Add is Upsert of entries that don't exist yet: where an id does, or comes twice, nothing is written, and the error is an *IDError, which is ErrExists.
func (ix *Index) Add(items ...Item) error {
	ready, err := ix.prepare(items)
	if err != nil {
		return err
	}
	changes := lastOfEach(ready)
	if len(changes) < len(ready) {
		return &IDError{twice(ready), ErrExists}
	}
	return ix.commit(changes, true)
}

// Delete removes entries, as one batch. An id without an entry is passed over; deleted tells how many had one. Errors: those of Upsert.
func (ix *Index) Delete(ids ...uint64) (deleted int, err error) {
	if len(ids) > MaxBatch {
		return 0, tooMany(len(ids))
	}
	changes := make([]change, 0, len(ids))
	seen := make(map[uint64]bool, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			changes = append(changes, change{id: id})
		}
	}
	err = ix.commit(changes, false)
	for _, c := range changes {
		if err == nil && c.found {
			deleted++
		}
	}
	return deleted, err
}

// change is what a batch does to an id.
type change struct {
	id    uint64
	item  *prepared // nil: delete
	old   place     // the slot that the id has, if found
	found bool
}

// lastOfEach keeps of several items with one id the last.
func lastOfEach(items []prepared) []change {
	changes := make([]change, 0, len(items))
	at := make(map[uint64]int, len(items))
	for i := range items {
		c := change{id: items[i].id, item: &items[i]}
		if before, twice := at[c.id]; twice {
			changes[before] = c
			continue
		}
		at[c.id] = len(changes)
		changes = append(changes, c)
	}
	return changes
}

// twice is an id that comes twice.
func twice(items []prepared) uint64 {
	seen := make(map[uint64]bool, len(items))
	for _, item := range items {
		if seen[item.id] {
			return item.id
		}
		seen[item.id] = true
	}
	return 0
}

// commit writes a batch, makes it visible, and returns when it is as durable as the options ask.
func (ix *Index) commit(changes []change, mustBeNew bool) error {
	durable := ix.options.Sync == Durable
	batch, seq, err := ix.enact(changes, mustBeNew, durable)
	if err != nil || batch == nil {
		return err
	}
	if !durable {
		return batch.Close()
	}
	// Batches that are waiting share one sync.
	if err := ix.store.wait(batch); err != nil {
		return err
	}
	return ix.witness.advance(seq)
}

// enact makes a batch visible. Without changes there is no batch.
func (ix *Index) enact(changes []change, mustBeNew, durable bool) (*pebble.Batch, uint64, error) {
	ix.write.Lock()
	defer ix.write.Unlock()
	v, err := ix.writable()
	if err != nil {
		return nil, 0, err
	}
	changes, err = v.look(changes, mustBeNew)
	if err != nil || len(changes) == 0 {
		return nil, 0, err
	}
	batch, size := ix.batchOf(v, changes)
	if err := ix.store.room(size); err != nil {
		return nil, 0, errors.Join(err, batch.Close())
	}
	if err := ix.store.apply(batch, durable); err != nil {
		return nil, 0, err
	}
	next := v.with(changes, ix.store.db.NewSnapshot())
	ix.publish(next)
	if next.changes >= ix.options.sealSlots {
		ix.keeper.wake()
	}
	return batch, next.seq, nil
}

// writable is the current view, once a write may begin. It waits where codes come in faster than the keeper puts them down.
func (ix *Index) writable() (*view, error) {
	for {
		v := ix.current.view
		if v == nil {
			return nil, ErrClosed
		}
		if err := ix.store.failed(); err != nil {
			return nil, err
		}
		if v.inMemory() < backlog*ix.options.sealSlots || !ix.keeper.busy() {
			return v, nil
		}
		ix.room.Wait()
	}
}

// look finds the slots that the ids of a batch have. Deletions of what isn't there drop out.
func (v *view) look(changes []change, mustBeNew bool) ([]change, error) {
	kept := changes[:0:0]
	for i := range changes {
		c := &changes[i]
		c.old, c.found = v.find(c.id)
		if c.found && mustBeNew {
			return nil, &IDError{c.id, ErrExists}
		}
		if c.found || c.item != nil {
			kept = append(kept, *c)
		}
	}
	return kept, nil
}

// batchOf is what the store gets, and about how many bytes that is. All of it, the index of keys and the state of the whole included, is written or nothing.
func (ix *Index) batchOf(v *view, changes []change) (batch *pebble.Batch, size int) {
	batch = ix.store.db.NewBatch()
	live, ids := v.live, make([]uint64, len(changes))
	for i, c := range changes {
		ids[i] = c.id
		if c.found {
			live--
			ix.unlist(batch, v.parts[c.old.part].key(c.old.slot), c)
		}
		if c.item != nil {
			live++
			size += ix.record(batch, c.item)
		} else {
			size += ix.erase(batch, c.id)
		}
	}
	must(batch.Set(logKey(v.seq+1), idsValue(ids), nil))
	must(batch.Set(stateKey, state{v.seq + 1, uint64(live)}.value(), nil))
	return batch, size + 8*len(ids)
}

// unlist takes an id off the list of keys, unless it stays there.
func (ix *Index) unlist(batch *pebble.Batch, key uint64, c change) {
	if c.item == nil || c.item.key.Bits != key {
		must(batch.Delete(orderedKey(key, c.id), nil))
	}
}

func (ix *Index) record(batch *pebble.Batch, p *prepared) (size int) {
	must(batch.Set(entryKey(p.id), entryValue(p.key, p.code, p.payload), nil))
	must(batch.Set(orderedKey(p.key.Bits, p.id), transitionsValue(p.key.Transitions), nil))
	if p.vector != nil {
		must(batch.Set(vectorKey(p.id), p.vector, nil))
	}
	return p.bytes()
}

func (ix *Index) erase(batch *pebble.Batch, id uint64) (size int) {
	must(batch.Delete(entryKey(id), nil))
	if ix.options.Vectors != NoVectors {
		must(batch.Delete(vectorKey(id), nil))
	}
	return 64
}

// with is the view after a batch, of which look has found the slots.
func (v *view) with(changes []change, snapshot *pebble.Snapshot) *view {
	edit := v.edit()
	edit.seq++
	edit.changes += len(changes)
	for _, c := range changes {
		if c.found {
			edit.kill(c.old)
		}
		if c.item != nil {
			edit.add(c.id, c.item.key.Bits, c.item.code)
		}
	}
	return edit.done(snapshot)
}

// must is for what fails only when a batch has passed 4 GiB, and MaxBatchBytes forbids that.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
