package index

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Where the scan array of an open index came from.
const (
	fromFiles   = "files"   // its segments, and what was written since they were
	fromStore   = "rebuilt" // made anew from the store
	fromNothing = "new"
)

// loadArray makes the first view: from the array's files if they are whole, from the store otherwise.
func (ix *Index) loadArray() error {
	snapshot := ix.store.db.NewSnapshot()
	at, err := ix.store.state(snapshot)
	if err != nil {
		return errors.Join(err, snapshot.Close())
	}
	v, err := ix.restore(snapshot, at)
	if ix.origin = fromFiles; at.seq == 0 {
		ix.origin = fromNothing
	}
	if errors.Is(err, errArray) {
		ix.noteRepair(scanFolder, err)
		ix.origin = fromStore
		v, err = ix.rebuild(snapshot, at)
	}
	if err != nil {
		return errors.Join(err, snapshot.Close())
	}
	ix.publish(v)
	return ix.sweep(v)
}

// errArray is what restore fails with where a rebuild helps.
var errArray = errors.New("index: the scan array is unusable")

// noteRepair remembers which file was made anew, and why.
func (ix *Index) noteRepair(file string, err error) {
	ix.current.Lock()
	defer ix.current.Unlock()
	ix.repaired = append(ix.repaired, fmt.Sprintf("%s (%v)", file, err))
}

// restore opens the segments of the checkpoint and adds what was written since.
func (ix *Index) restore(snapshot *pebble.Snapshot, at state) (*view, error) {
	c, err := readCheckpoint(ix.dir, ix.layout)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", errArray, err)
	}
	if c.seq > at.seq {
		return nil, fmt.Errorf("%w: it is of batch %d, and the store's last is %d", errArray, c.seq, at.seq)
	}
	edit, err := ix.openSegments(c)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errArray, err)
	}
	err = ix.catchUp(edit, snapshot, at)
	if err == nil && edit.live != int(at.count) {
		err = fmt.Errorf("%w: %d codes, and the store has %d", errArray, edit.live, at.count)
	}
	if err != nil {
		closeParts(edit.parts)
		return nil, err
	}
	return edit.done(snapshot), nil
}

func closeParts(parts []partView) {
	for _, p := range parts {
		if p.segment != nil {
			p.segment.close()
		}
	}
}

// openSegments is the view of a checkpoint, with an open part.
func (ix *Index) openSegments(c checkpoint) (*viewEdit, error) {
	edit := (&view{seq: c.seq}).edit()
	for _, s := range c.segments {
		p, sum, err := openSegment(ix.options.fs, filepath.Join(ix.dir, scanFolder), s.number, ix.layout, ix.options.Cores)
		if err == nil && (sum != s.sum || len(s.dead.blocks) > len(p.blocks)) {
			closeParts([]partView{p})
			err = segmentError(segmentName(s.number), "it is not the checkpoint's")
		}
		if err != nil {
			closeParts(edit.parts)
			return nil, err
		}
		p.dead = s.dead
		edit.parts = append(edit.parts, p)
		edit.live += p.live()
		ix.keeper.number = max(ix.keeper.number, s.number+1)
	}
	edit.parts = append(edit.parts, newMemoryPart(ix.layout))
	return edit, nil
}

// catchUp reads the entries again that changed since the checkpoint.
func (ix *Index) catchUp(edit *viewEdit, snapshot *pebble.Snapshot, at state) error {
	ids, err := ix.changedSince(edit.seq, at.seq, snapshot)
	if err != nil {
		return err
	}
	for _, id := range ids {
		value, exists, err := ix.store.get(snapshot, entryKey(id))
		if err != nil {
			return err
		}
		if old, found := edit.find(id); found {
			edit.kill(old)
		}
		if !exists {
			continue
		}
		entry, err := ix.parse(id, value)
		if err != nil {
			return err
		}
		edit.add(id, entry.Key.Bits, entry.Code)
	}
	edit.changes += len(ids)
	edit.seq = at.seq
	return nil
}

// changedSince lists, in order, the ids that the batches after one changed.
func (ix *Index) changedSince(seq, last uint64, snapshot *pebble.Snapshot) (ids []uint64, err error) {
	err = ix.store.each(snapshot, logKey(seq+1), spaceEnd(logSpace), func(key, value []byte) error {
		at, err := parseNumberKey(key)
		if err != nil || at != seq+1 || len(value)%8 != 0 {
			return errors.Join(err, fmt.Errorf("%w: batch %d follows %d in the log of changes", errArray, at, seq))
		}
		for w := words(value); len(w) > 0; w = w[8:] {
			ids = append(ids, w.at(0))
		}
		seq = at
		return nil
	})
	if err == nil && seq != last {
		err = fmt.Errorf("%w: the log of changes ends at batch %d of %d", errArray, seq, last)
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// parse reads an entry; one that is damaged is the store's damage.
func (ix *Index) parse(id uint64, value []byte) (Entry, error) {
	entry, err := parseEntry(id, value, ix.layout.codeLen)
	if err != nil {
		err = &DamageError{Files: []string{storeFolder}, What: "an entry is not one", Err: err}
	}
	return entry, err
}

// rebuild makes the array anew: one segment of all entries of a moment of the store.
func (ix *Index) rebuild(snapshot *pebble.Snapshot, at state) (*view, error) {
	made, err := ix.segmentOf(snapshot, at)
	if err != nil {
		return nil, err
	}
	c := checkpoint{seq: at.seq}
	edit := (&view{seq: at.seq}).edit()
	if made != nil {
		c.segments = []checkpointSegment{{made.segment.number, made.segment.sum, bitmap{}}}
		edit.parts = append(edit.parts, *made)
		edit.live = made.live()
	}
	edit.parts = append(edit.parts, newMemoryPart(ix.layout))
	if err := ix.writeCheckpoint(c); err != nil {
		closeParts(edit.parts)
		return nil, err
	}
	return edit.done(snapshot), nil
}

// segmentOf makes a segment of all entries of a moment of the store, none if there are none.
func (ix *Index) segmentOf(snapshot *pebble.Snapshot, at state) (*partView, error) {
	if at.count == 0 {
		return nil, nil
	}
	made, err := ix.writeSegment(int(at.count), func(w *segmentWriter) error {
		return ix.eachEntry(snapshot, func(e Entry) error { return w.add(e.ID, e.Key.Bits, e.Code) })
	})
	if err == nil && made.count != int(at.count) {
		closeParts([]partView{*made})
		err = &DamageError{Files: []string{storeFolder}, What: fmt.Sprintf("it holds %d entries, and says %d", made.count, at.count)}
	}
	return made, err
}

// eachEntry goes through all entries of a moment of the store, by id. An entry is good during the call.
func (ix *Index) eachEntry(snapshot pebble.Reader, use func(e Entry) error) error {
	return ix.store.each(snapshot, numberKey(entrySpace, 0), spaceEnd(entrySpace), func(key, value []byte) error {
		id, err := parseNumberKey(key)
		if err != nil {
			return &DamageError{Files: []string{storeFolder}, What: "an entry's key is not one", Err: err}
		}
		entry, err := ix.parse(id, value)
		if err != nil {
			return err
		}
		return use(entry)
	})
}

// writeSegment writes a new segment of at most so many codes, and opens it.
func (ix *Index) writeSegment(slots int, fill func(w *segmentWriter) error) (*partView, error) {
	if err := ix.store.room(slots * (ix.layout.codeLen + 16)); err != nil {
		return nil, err
	}
	folder := filepath.Join(ix.dir, scanFolder)
	number := ix.keeper.number
	err := writeWhole(ix.options.fs, filepath.Join(folder, segmentName(number)), func(file vfs.File) error {
		w := newSegmentWriter(ix.layout, file)
		if err := fill(w); err != nil {
			return err
		}
		return w.finish()
	})
	if err != nil {
		return nil, err
	}
	ix.keeper.number++
	// What was written just now is read back and checked too: it is about to replace what it was made of.
	p, _, err := openSegment(ix.options.fs, folder, number, ix.layout, ix.options.Cores)
	if err != nil {
		return nil, errors.Join(err, ix.options.fs.Remove(filepath.Join(folder, segmentName(number))))
	}
	return &p, nil
}

func (ix *Index) writeCheckpoint(c checkpoint) error {
	return writeBytes(ix.options.fs, filepath.Join(ix.dir, scanFolder, checkpointFile), c.encode(ix.layout))
}

// pruneLog drops the log of changes up to a batch that a checkpoint knows.
func (ix *Index) pruneLog(seq uint64) error {
	b := ix.store.db.NewBatch()
	if err := b.DeleteRange(logKey(0), logKey(seq+1), nil); err != nil {
		return err
	}
	if err := ix.store.apply(b, false); err != nil {
		return err
	}
	return b.Close()
}

// sweep removes what an interrupted keeper left.
func (ix *Index) sweep(v *view) error {
	folder := filepath.Join(ix.dir, scanFolder)
	used := map[string]bool{checkpointFile: true}
	for _, p := range v.parts {
		if p.segment != nil {
			used[p.segment.name()] = true
		}
	}
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		digits, isSegment := strings.CutPrefix(entry.Name(), "segment-")
		number, wrong := strconv.ParseUint(strings.TrimSuffix(digits, ".part"), 10, 64)
		if isSegment && wrong == nil {
			ix.keeper.number = max(ix.keeper.number, number+1)
		}
		if used[entry.Name()] || !isSegment && entry.Name() != checkpointFile+".part" {
			continue
		}
		err = errors.Join(err, ix.options.fs.Remove(filepath.Join(folder, entry.Name())))
	}
	return err
}

// repairs lists what was repaired so far.
func (ix *Index) repairs() []string {
	ix.current.Lock()
	defer ix.current.Unlock()
	return slices.Clone(ix.repaired)
}
