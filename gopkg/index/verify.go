package index

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Report is what Verify found.
type Report struct {
	Entries  int       `json:"entries"`
	Files    int       `json:"files"` // of the store and of the array that were read whole
	Problems []Problem `json:"problems"`
}

// Problem is something that is not as it should be.
type Problem struct {
	File     string `json:"file"` // relative to the directory of the index; the store's folder where no single file can be named
	What     string `json:"what"`
	Repaired bool   `json:"repaired"` // it was derived data, and was made anew
}

func (p Problem) String() string {
	repaired := ""
	if p.Repaired {
		repaired = " (repaired)"
	}
	return p.File + ": " + p.What + repaired
}

// Clean says whether nothing is wrong that was not repaired.
func (r Report) Clean() bool {
	for _, p := range r.Problems {
		if !p.Repaired {
			return false
		}
	}
	return true
}

// Verify reads everything: every file of the store against its checksums, every entry against its key, its vector and the list of keys, and the scan array against its checksums and the
// entries. Damaged parts of the array are made anew, unless the truth is damaged too; writes wait for that. Errors are those of ctx and of reading files at all.
func (ix *Index) Verify(ctx context.Context) (Report, error) {
	v, err := ix.enter()
	if err != nil {
		return Report{}, err
	}
	defer ix.leave(v)
	c := &verifier{ix: ix, view: v, ctx: ctx, seed: maphash.MakeSeed()}
	for _, step := range []func() error{c.storeFiles, c.entries, c.keyList, c.array, c.repair} {
		if err := errors.Join(ctx.Err(), ix.store.failed()); err != nil {
			return c.report, err
		}
		if err := c.noted(step()); err != nil {
			return c.report, err
		}
	}
	return c.report, nil
}

type verifier struct {
	ix     *Index
	view   *view
	ctx    context.Context
	report Report
	seed   maphash.Seed
	steps  int

	truth, listed, scanned sum // of entries, of the list of keys, of the array
	damagedTruth           bool
	damagedArray           bool
}

// sum is what a set comes to, whatever its order: two that differ have, but for one chance in 2^64, different sums.
type sum struct{ entries, keys uint64 }

func (c *verifier) addEntry(s *sum, id, key uint64, code []byte) {
	head := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, id), key)
	var h maphash.Hash
	h.SetSeed(c.seed)
	h.Write(head)
	h.Write(code)
	s.entries += h.Sum64()
}

func (c *verifier) addKey(s *sum, id uint64, key q2.TransitionKey) {
	raw := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, id), key.Bits)
	s.keys += maphash.Bytes(c.seed, binary.LittleEndian.AppendUint32(raw, key.Transitions))
}

func (c *verifier) problem(file, format string, values ...any) {
	c.report.Problems = append(c.report.Problems, Problem{File: file, What: fmt.Sprintf(format, values...)})
	if strings.HasPrefix(file, storeFolder) {
		c.damagedTruth = true
	}
}

// noted makes damage that stopped a step a problem, and lets other errors through.
func (c *verifier) noted(err error) error {
	var damage *DamageError
	if !errors.As(err, &damage) {
		return err
	}
	what := damage.What
	if damage.Err != nil {
		what += ": " + damage.Err.Error()
	}
	for _, file := range damage.Files {
		c.problem(file, "%s", what)
	}
	return nil
}

// alive is ctx's error, now and then.
func (c *verifier) alive() error {
	if c.steps++; c.steps%256 != 0 {
		return nil
	}
	return c.ctx.Err()
}

// storeFiles reads the store's tables and its manifest. What is in the log only is put into tables first.
func (c *verifier) storeFiles() error {
	if err := c.ix.store.db.Flush(); err != nil {
		return c.ix.store.readError(err)
	}
	folder := filepath.Join(c.ix.dir, storeFolder)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		name := filepath.Join(folder, entry.Name())
		var wrong error
		switch {
		case strings.HasSuffix(name, ".sst"):
			wrong = c.ix.store.checkLiveTable(name)
		case strings.HasPrefix(entry.Name(), "MANIFEST-"):
			wrong = checkManifest(name)
		default:
			continue
		}
		if errors.Is(wrong, fs.ErrNotExist) { // compacted away meanwhile
			continue
		}
		c.report.Files++
		if wrong != nil {
			c.problem(path.Join(storeFolder, entry.Name()), "%v", wrong)
		}
	}
	return nil
}

// checkLiveTable checks a table that the store uses. Any other file may be one that a compaction is just writing, or has done with: to such a one it says
// fs.ErrNotExist.
func (s *store) checkLiveTable(name string) error {
	wrong := s.checkTable(name)
	if wrong == nil || errors.Is(wrong, fs.ErrNotExist) {
		return wrong
	}
	live, err := s.live(filepath.Base(name))
	if err != nil {
		return err
	}
	if !live {
		return fs.ErrNotExist
	}
	return s.checkTable(name) // once more: it may have been finished after it was read
}

// live tells whether a table belongs to the store's present version.
func (s *store) live(name string) (bool, error) {
	levels, err := s.db.SSTables()
	if err != nil {
		return false, s.readError(err)
	}
	for _, level := range levels {
		for _, table := range level {
			if fmt.Sprintf("%s.sst", table.BackingSSTNum) == name {
				return true, nil
			}
		}
	}
	return false, nil
}

// checkTable reads a table past the store's cache.
func (s *store) checkTable(name string) error {
	file, err := s.fs.Open(name)
	if err != nil {
		return err
	}
	readable, err := sstable.NewSimpleReadable(file)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	options := &pebble.Options{}
	options.EnsureDefaults()
	table, err := sstable.NewReader(context.Background(), readable, options.MakeReaderOptions())
	if err != nil {
		return err // it has closed the file
	}
	return errors.Join(table.ValidateBlockChecksums(), table.Close())
}

var errManifest = errors.New("a record's checksum is wrong")

// checkManifest reads a manifest, which may just be written to: what looks like a broken end is looked at again.
func checkManifest(name string) error {
	for range 5 {
		whole, err := wholeRecords(name, 0)
		if whole || err != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return errManifest
}

// entries reads every entry and its vector.
func (c *verifier) entries() error {
	return c.ix.eachEntry(c.view.snapshot, func(e Entry) error {
		if err := c.alive(); err != nil {
			return err
		}
		c.report.Entries++
		key, err := c.ix.kernel.Key(e.Code, c.ix.options.N)
		if err != nil {
			return err
		}
		if key != e.Key {
			c.problem(storeFolder, "the key of id %d is %s with %d transitions, and its code's %s with %d", e.ID, e.Key, e.Key.Transitions, key, key.Transitions)
		}
		c.addEntry(&c.truth, e.ID, e.Key.Bits, e.Code)
		c.addKey(&c.truth, e.ID, e.Key)
		return c.vector(e.ID)
	})
}

func (c *verifier) vector(id uint64) error {
	if c.ix.options.Vectors == NoVectors {
		return nil
	}
	raw, done, err := c.view.snapshot.Get(vectorKey(id))
	if errors.Is(err, pebble.ErrNotFound) {
		c.problem(storeFolder, "id %d has no vector", id)
		return nil
	}
	if err != nil {
		return c.ix.store.readError(err)
	}
	if want := c.ix.options.Vectors.bytes(c.ix.options.N); len(raw) != want {
		c.problem(storeFolder, "the vector of id %d has %d bytes where %d are expected", id, len(raw), want)
	}
	return done.Close()
}

// keyList reads the list of keys, which must list every entry once and nothing else.
func (c *verifier) keyList() error {
	listed := 0
	err := c.ix.store.each(c.view.snapshot, numberKey(keySpace, 0), spaceEnd(keySpace), func(raw, value []byte) error {
		if err := c.alive(); err != nil {
			return err
		}
		key, id, err := parseOrderedKey(raw)
		if err != nil || len(value) != 4 {
			return &DamageError{Files: []string{storeFolder}, What: "an element of the list of keys is not one", Err: err}
		}
		listed++
		c.addKey(&c.listed, id, q2.TransitionKey{Bits: key, Transitions: binary.LittleEndian.Uint32(value)})
		return nil
	})
	if err != nil {
		return err
	}
	if listed != c.report.Entries || c.listed.keys != c.truth.keys {
		c.problem(storeFolder, "the list of keys has %d elements and doesn't list the %d entries", listed, c.report.Entries)
	}
	at, err := c.ix.store.state(c.view.snapshot)
	if err == nil && (at.seq != c.view.seq || at.count != uint64(c.report.Entries)) {
		c.problem(storeFolder, "it says it has %d entries after batch %d, and has %d after batch %d", at.count, at.seq, c.report.Entries, c.view.seq)
	}
	return err
}

// array reads the segments' files again and compares what is live with the entries.
func (c *verifier) array() error {
	c.checkpointFile()
	for _, p := range c.view.parts {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if p.segment == nil {
			continue
		}
		c.report.Files++
		if err := p.segment.check(p, c.ix.options.Cores); err != nil {
			c.derived(path.Join(scanFolder, p.segment.name()), err.Error())
		}
	}
	if c.damagedArray {
		return nil
	}
	for _, p := range c.view.parts {
		if err := c.live(p); err != nil {
			return err
		}
	}
	if c.scanned.entries != c.truth.entries && !c.damagedTruth {
		c.derived(scanFolder, "its codes are not those of the entries")
	}
	return nil
}

func (c *verifier) derived(file, what string) {
	c.damagedArray = true
	c.problem(file, "%s", what)
}

// checkpointFile reads the checkpoint, which a later one may just replace.
func (c *verifier) checkpointFile() {
	c.ix.keeper.work.Lock()
	defer c.ix.keeper.work.Unlock()
	_, err := readCheckpoint(c.ix.dir, c.ix.layout)
	if errors.Is(err, fs.ErrNotExist) && !c.view.hasSegments() {
		return
	}
	c.report.Files++
	if err != nil {
		c.derived(path.Join(scanFolder, checkpointFile), err.Error())
	}
}

func (v *view) hasSegments() bool { return v.inMemory() < v.slots() }

func (v *view) slots() (slots int) {
	for _, p := range v.parts {
		slots += p.count
	}
	return slots
}

// live adds the live codes of a part.
func (c *verifier) live(p partView) error {
	for slot := range p.count {
		if err := c.alive(); err != nil {
			return err
		}
		if p.dead.has(slot, p.layout.slots) {
			continue
		}
		b, at := p.blocks[slot/p.layout.slots], slot%p.layout.slots
		c.addEntry(&c.scanned, b.ids.at(at), b.keys.at(at), b.code(at, p.codeLen))
	}
	return nil
}

// repair makes a damaged array anew, where there is truth to make it of.
func (c *verifier) repair() error {
	if !c.damagedArray || c.damagedTruth {
		return nil
	}
	if err := c.ix.renew(); err != nil {
		return err
	}
	for i := range c.report.Problems {
		c.report.Problems[i].Repaired = true
		c.ix.noteRepair(c.report.Problems[i].File, errors.New(c.report.Problems[i].What))
	}
	return nil
}

// renew makes the array of an open index anew. Writes wait.
func (ix *Index) renew() error {
	ix.keeper.work.Lock()
	defer ix.keeper.work.Unlock()
	ix.write.Lock()
	defer ix.write.Unlock()
	old := ix.current.view
	if old == nil {
		return ErrClosed
	}
	if err := ix.settleLog(old.seq); err != nil {
		return err
	}
	snapshot := ix.store.db.NewSnapshot()
	v, err := ix.rebuild(snapshot, state{old.seq, uint64(old.live)})
	if err != nil {
		return errors.Join(err, snapshot.Close())
	}
	for _, p := range old.parts {
		if p.segment != nil {
			p.segment.obsolete.Store(true)
		}
	}
	ix.publish(v)
	return ix.pruneLog(v.seq)
}
