package index

import (
	"os"
	"path/filepath"
)

// Stats describe an index.
type Stats struct {
	N       int    `json:"n"`
	Dtype   string `json:"dtype"`
	Vectors string `json:"vectors"`

	Entries int    `json:"entries"`
	Batch   uint64 `json:"batch"` // number of the last one

	Segments int   `json:"segments"`   // files of the scan array
	Dead     int   `json:"dead"`       // codes in them, or in memory, that were deleted or written anew
	InMemory int   `json:"in_memory"`  // codes that are not in segments yet
	Codes    int64 `json:"code_bytes"` // bytes of the live codes

	ArrayBytes int64 `json:"array_bytes"` // on disk
	StoreBytes int64 `json:"store_bytes"`

	Origin   string   `json:"array"`              // where the scan array came from when the index was opened: files, rebuilt or new
	Repaired []string `json:"repaired,omitempty"` // damaged files that were made anew since
	Failure  string   `json:"failure,omitempty"`  // what keeps the array from being put down, or ends writes
}

// Stats tells what the index holds and where.
func (ix *Index) Stats() (Stats, error) {
	v, err := ix.enter()
	if err != nil {
		return Stats{}, err
	}
	defer ix.leave(v)
	s := Stats{
		N: ix.options.N, Dtype: ix.options.Dtype.String(), Vectors: ix.options.Vectors.String(),
		Entries: v.live, Batch: v.seq, InMemory: v.inMemory(), Codes: int64(v.live) * int64(ix.layout.codeLen),
		Origin: ix.origin, Repaired: ix.repairs(), Failure: ix.failure(),
	}
	for _, p := range v.parts {
		s.Dead += p.dead.count
		if p.segment != nil {
			s.Segments++
		}
	}
	s.ArrayBytes = folderBytes(filepath.Join(ix.dir, scanFolder))
	s.StoreBytes = folderBytes(filepath.Join(ix.dir, storeFolder))
	return s, nil
}

func (ix *Index) failure() string {
	if err := ix.store.failed(); err != nil {
		return err.Error()
	}
	if f := ix.keeper.failure.Load(); f != nil {
		return f.err.Error()
	}
	return ""
}

// folderBytes is the size of a folder's files. Files that go meanwhile count for nothing.
func folderBytes(folder string) (total int64) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return 0
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
	}
	return total
}
