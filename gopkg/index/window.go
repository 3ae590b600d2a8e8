package index

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math"

	"github.com/q2kernel/q2/gopkg/index/internal/keyrange"
	"github.com/q2kernel/q2/gopkg/q2"
)

// Window goes through the entries whose key lies within 4^(32−j) − 1 of a key, 1 ≤ j ≤ 32, by key, then by id. The range ends at 0 and at 2^64 − 1. An error ends the sequence; it comes with an empty
// entry. The sequence shows one moment of the index, the one at which ranging over it begins.
func (ix *Index) Window(key uint64, j int) iter.Seq2[Entry, error] {
	if wrong := checkSymbols(j); wrong != nil {
		return failed(wrong)
	}
	return ix.between(keyrange.Window(key, j))
}

// Prefix goes through the entries whose keys share the first j symbols with a key, 1 ≤ j ≤ 32, by key, then by id. A key of fewer symbols than j counts as continued by A, as in its
// bits. The rest is as with Window.
func (ix *Index) Prefix(key uint64, j int) iter.Seq2[Entry, error] {
	if wrong := checkSymbols(j); wrong != nil {
		return failed(wrong)
	}
	return ix.between(keyrange.Prefix(key, j))
}

// Bucket goes through the entries with a key, by id. The codes D and D A share a bucket; their Transitions tell them apart. The rest is as with Window.
func (ix *Index) Bucket(key uint64) iter.Seq2[Entry, error] { return ix.between(key, key) }

// Entries goes through all entries, by id. The rest is as with Window.
func (ix *Index) Entries() iter.Seq2[Entry, error] {
	return ix.sequence(func(v *view, use func(Entry) error) error {
		return ix.eachEntry(v.snapshot, func(e Entry) error { return use(e.clone()) })
	})
}

func checkSymbols(j int) error {
	if j < 1 || j > keyrange.Symbols {
		return &ArgumentError{"number of symbols j", j, fmt.Sprintf("1 to %d", keyrange.Symbols)}
	}
	return nil
}

func failed(err error) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) { yield(Entry{}, err) }
}

// between goes through the entries with keys from one to another, both included.
func (ix *Index) between(from, to uint64) iter.Seq2[Entry, error] {
	return ix.sequence(func(v *view, use func(Entry) error) error {
		end := spaceEnd(keySpace)
		if to < math.MaxUint64 {
			end = numberKey(keySpace, to+1)
		}
		return ix.store.each(v.snapshot, numberKey(keySpace, from), end, func(raw, value []byte) error {
			entry, err := ix.listed(v, raw, value)
			if err != nil {
				return err
			}
			return use(entry)
		})
	})
}

// listed is the entry of an element of the list of keys.
func (ix *Index) listed(v *view, raw, value []byte) (Entry, error) {
	key, id, err := parseOrderedKey(raw)
	if err != nil || len(value) != 4 {
		return Entry{}, &DamageError{Files: []string{storeFolder}, What: "an element of the list of keys is not one", Err: err}
	}
	entry, err := ix.entryIn(v.snapshot, id)
	if listed := (q2.TransitionKey{Bits: key, Transitions: binary.LittleEndian.Uint32(value)}); err == nil && entry.Key != listed {
		err = &DamageError{Files: []string{storeFolder}, What: fmt.Sprintf("id %d is listed with key %s, and has %s", id, listed, entry.Key)}
	}
	return entry, err
}

// errEnough ends a walk whose caller wants no more.
type errEnough struct{}

func (errEnough) Error() string { return "enough" }

// sequence makes a sequence of a walk through a view.
func (ix *Index) sequence(walk func(v *view, use func(Entry) error) error) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		v, err := ix.enter()
		if err != nil {
			yield(Entry{}, err)
			return
		}
		defer ix.leave(v)
		err = walk(v, func(e Entry) error {
			if !yield(e, nil) {
				return errEnough{}
			}
			return nil
		})
		if err != nil && err != (errEnough{}) {
			yield(Entry{}, err)
		}
	}
}

// clone is an entry that stays good.
func (e Entry) clone() Entry {
	memory := append(append(make([]byte, 0, len(e.Code)+len(e.Payload)), e.Code...), e.Payload...)
	e.Code, e.Payload = memory[:len(e.Code):len(e.Code)], memory[len(e.Code):]
	return e
}

// Get is the entry with an id, or an *IDError, which is ErrNotFound.
func (ix *Index) Get(id uint64) (Entry, error) {
	v, err := ix.enter()
	if err != nil {
		return Entry{}, err
	}
	defer ix.leave(v)
	value, found, err := ix.store.get(v.snapshot, entryKey(id))
	if err != nil {
		return Entry{}, err
	}
	if !found {
		return Entry{}, &IDError{id, ErrNotFound}
	}
	return ix.parse(id, value)
}
