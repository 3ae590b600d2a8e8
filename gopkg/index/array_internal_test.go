package index

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
)

const arrayDim = 32

func arrayOptions() Options {
	return Options{N: arrayDim, Dtype: q2.Q2, Cores: 2, tuning: tuning{blockBytes: 1, sealSlots: 1 << 20}}
}

// arrayItem has the entry's id, and a number, in its code.
func arrayItem(id uint64, number byte) Item {
	return Item{ID: id, Code: append(binary.LittleEndian.AppendUint32(nil, uint32(id)), number, 0, 0, 0)}
}

// crashedArray is the folder of an index as a crash would leave it: 200 entries in a segment, then ten of them written anew, each by a batch of its own. tamper may change the store.
func crashedArray(t *testing.T, tamper func(db *pebble.DB) error) string {
	dir, crashed := t.TempDir(), filepath.Join(t.TempDir(), "crashed")
	ix, err := Open(dir, arrayOptions())
	require.NoError(t, err)
	defer func() { require.NoError(t, ix.Close()) }()
	var items []Item
	for id := range uint64(200) {
		items = append(items, arrayItem(id, 0))
	}
	require.NoError(t, ix.Upsert(items...))
	require.NoError(t, ix.settleArray(mergeTiers))
	for id := range uint64(10) {
		require.NoError(t, ix.Upsert(arrayItem(20*id, 1)))
	}
	if tamper != nil {
		require.NoError(t, tamper(ix.store.db))
	}
	require.NoError(t, os.CopyFS(crashed, os.DirFS(dir)))
	return crashed
}

// wholeArray opens a folder of crashedArray and holds what searches see against what was written.
func wholeArray(t *testing.T, dir, origin, reason string) {
	ix, err := Open(dir, arrayOptions())
	require.NoError(t, err)
	defer func() { require.NoError(t, ix.Close()) }()
	stats, err := ix.Stats()
	require.NoError(t, err)
	require.Equal(t, origin, stats.Origin)
	if reason == "" {
		require.Empty(t, stats.Repaired)
	} else {
		require.Len(t, stats.Repaired, 1)
		require.Contains(t, stats.Repaired[0], reason)
	}
	for id := range uint64(200) {
		number := byte(0)
		if id%20 == 0 {
			number = 1
		}
		item := arrayItem(id, number)
		hits, err := ix.Search(t.Context(), Query{Code: item.Code}, 200, SearchOptions{Ranking: Lee})
		require.NoError(t, err)
		require.Len(t, hits, 200)
		require.Equal(t, []any{id, 0.0, item.Code}, []any{hits[0].ID, hits[0].Score, hits[0].Code})
	}
}

func TestArrayCatchesUp(t *testing.T) { wholeArray(t, crashedArray(t, nil), fromFiles, "") }

// A batch that is missing in the log of changes would leave old codes in the array, whose number is right all the same.
func TestArrayWithoutAChangeIsRebuilt(t *testing.T) {
	wholeArray(t, crashedArray(t, func(db *pebble.DB) error { return db.Delete(logKey(5), pebble.Sync) }), fromStore, "batch 6 follows 4 in the log of changes")
	wholeArray(t, crashedArray(t, func(db *pebble.DB) error { return db.Delete(logKey(11), pebble.Sync) }), fromStore, "the log of changes ends at batch 10 of 11")
}

// patchCheckpoint changes what a checkpoint says; its checksum is right again.
func patchCheckpoint(t *testing.T, dir string, change func(c *checkpoint)) {
	path := filepath.Join(dir, scanFolder, checkpointFile)
	l := newLayout(arrayDim, q2.PackedLen(arrayDim), 1)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	c, err := decodeCheckpoint(raw, l)
	require.NoError(t, err)
	change(&c)
	require.NoError(t, os.WriteFile(path, c.encode(l), 0o644))
}

// An array that is ahead of the store, as where the store was put back from a copy, holds codes that the store does not.
func TestArrayAheadOfTheStoreIsRebuilt(t *testing.T) {
	dir := crashedArray(t, nil)
	patchCheckpoint(t, dir, func(c *checkpoint) { c.seq = 12 })
	wholeArray(t, dir, fromStore, "it is of batch 12, and the store's last is 11")
}

// A code that the array has as dead is missing in searches.
func TestArrayThatLacksEntriesIsRebuilt(t *testing.T) {
	dir := crashedArray(t, nil)
	patchCheckpoint(t, dir, func(c *checkpoint) {
		p := partView{part: &part{layout: newLayout(arrayDim, q2.PackedLen(arrayDim), 1)}, count: 200}
		marks := bitmap{}.edit(p.layout.slots, p.layout.blocks(200))
		marks.set(3)
		c.segments[0].dead = marks.bitmap
	})
	wholeArray(t, dir, fromStore, "199 codes, and the store has 200")
}

// The checkpoint knows the sum of each segment: another one under the same name, whole in itself, is not taken.
func TestForeignSegmentIsRebuilt(t *testing.T) {
	dir, other := crashedArray(t, nil), t.TempDir()
	ix, err := Open(other, arrayOptions())
	require.NoError(t, err)
	var items []Item
	for id := range uint64(200) {
		items = append(items, arrayItem(id, 7))
	}
	require.NoError(t, ix.Upsert(items...))
	require.NoError(t, ix.settleArray(mergeTiers))
	require.NoError(t, ix.Close())
	segments, err := filepath.Glob(filepath.Join(dir, scanFolder, "segment-*"))
	require.NoError(t, err)
	require.Len(t, segments, 1)
	foreign, err := os.ReadFile(filepath.Join(other, scanFolder, filepath.Base(segments[0])))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(segments[0], foreign, 0o644))
	wholeArray(t, dir, fromStore, "it is not the checkpoint's")
}

// Every byte behind the blocks is under a checksum: of the first ids, by which a slot is found, and of the numbers.
func TestEveryByteOfAFooterIsChecked(t *testing.T) {
	dir := crashedArray(t, nil)
	segments, err := filepath.Glob(filepath.Join(dir, scanFolder, "segment-*"))
	require.NoError(t, err)
	require.Len(t, segments, 1)
	number, err := strconv.ParseUint(filepath.Base(segments[0])[len("segment-"):], 10, 64)
	require.NoError(t, err)
	whole, err := os.ReadFile(segments[0])
	require.NoError(t, err)
	l := newLayout(arrayDim, q2.PackedLen(arrayDim), 1)
	ends := l.blocks(200)*footerEntry + segmentTrailer
	p, _, err := openSegment(diskFiles, filepath.Join(dir, scanFolder), number, l, 1)
	require.NoError(t, err)
	closeParts([]partView{p})
	for at := len(whole) - ends; at < len(whole); at++ {
		raw := append([]byte{}, whole...)
		raw[at] ^= 1
		require.NoError(t, os.WriteFile(segments[0], raw, 0o644))
		p, _, err := openSegment(diskFiles, filepath.Join(dir, scanFolder), number, l, 1)
		if err == nil {
			closeParts([]partView{p})
		}
		require.ErrorIs(t, err, errSegment, "byte %d of the %d behind the blocks", at-len(whole)+ends, ends)
	}
}
