package server

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/q2kernel/q2/gopkg/index"
)

// store is the collections: an index each, in a folder of its name.
type store struct {
	folder string
	most   int

	mutex sync.RWMutex
	open  map[string]*index.Index
	busy  map[string]bool // names that are being made or deleted
}

// dataFolder is Config.Data, or where programs of this user keep their state.
func dataFolder(c Config) (string, error) {
	if c.Data != "" {
		return c.Data, nil
	}
	if state := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "q2"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the collections (--data DIR): %w", err)
	}
	return filepath.Join(home, ".local", "state", "q2"), nil
}

// lockData makes the data folder and takes it: two servers on one folder would each know half of the collections.
func lockData(c Config) (folder string, lock io.Closer, err error) {
	if folder, err = dataFolder(c); err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", nil, fmt.Errorf("data: %w", err)
	}
	held, err := pebble.LockDirectory(folder, vfs.Default)
	if _, ofFile := errors.AsType[*os.PathError](err); ofFile {
		return "", nil, fmt.Errorf("data: %w", err)
	}
	if err != nil { // what has no path is a lock that somebody has
		return "", nil, fmt.Errorf("data: %s is in use by another q2 serve", folder)
	}
	return folder, held, nil
}

// openStore opens every collection of a folder, which it makes if there is none. What a deletion left behind is removed, and a folder in which
// making a collection was not finished, which nobody was told of, is passed over.
func openStore(folder string, most int, log *slog.Logger) (s *store, err error) {
	s = &store{folder: folder, most: most, open: map[string]*index.Index{}, busy: map[string]bool{}}
	for _, sub := range []string{s.path(""), s.trash()} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return nil, err
		}
	}
	if err := emptyFolder(s.trash()); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(s.path(""))
	for _, entry := range entries {
		if err != nil || !entry.IsDir() || !isCollectionName(entry.Name()) {
			continue
		}
		ix, openErr := index.Open(s.path(entry.Name()), index.Options{MustExist: true})
		if errors.Is(openErr, index.ErrNotExist) {
			log.Warn("a folder without a collection", "name", entry.Name())
			continue
		}
		if err = openErr; err == nil {
			s.open[entry.Name()] = ix
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *store) path(name string) string { return filepath.Join(s.folder, "collections", name) }
func (s *store) trash() string           { return filepath.Join(s.folder, "deleted") }

func emptyFolder(folder string) error {
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(folder, entry.Name())))
	}
	return err
}

// isCollectionName keeps names to what is a folder's name everywhere and needs no escaping in a path.
func isCollectionName(name string) bool {
	if name == "" || len(name) > 64 || name[0] == '-' || name[0] == '_' {
		return false
	}
	for _, c := range []byte(name) {
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

func checkCollectionName(name string) error {
	if isCollectionName(name) {
		return nil
	}
	return invalid("path collection", fmt.Sprintf("%q", name), "1 to 64 of a-z, 0-9, - and _, and begin with a letter or digit")
}

func (s *store) names() []string {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return slices.Sorted(maps.Keys(s.open))
}

func (s *store) get(name string) (*index.Index, error) {
	if err := checkCollectionName(name); err != nil {
		return nil, err
	}
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	if ix := s.open[name]; ix != nil {
		return ix, nil
	}
	return nil, noCollection(name)
}

func noCollection(name string) *Problem {
	p := problem(http.StatusNotFound, "no_collection", "there is no collection %q", name)
	p.Field, p.Value = "path collection", name
	return p
}

// reserve keeps others off a name while its folder is made or deleted.
func (s *store) reserve(name string) (ix *index.Index, err error) {
	if err := checkCollectionName(name); err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.busy[name] {
		return nil, problem(http.StatusConflict, "conflict", "the collection is being made or deleted").after(time.Second)
	}
	s.busy[name] = true
	return s.open[name], nil
}

func (s *store) release(name string, ix *index.Index) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.busy, name)
	if ix == nil {
		delete(s.open, name)
	} else {
		s.open[name] = ix
	}
}

// create makes a collection, or finds the one of that name if it is as asked for.
func (s *store) create(name string, o index.Options) (ix *index.Index, made bool, err error) {
	ix, err = s.reserve(name)
	if err != nil {
		return nil, false, err
	}
	defer func() { s.release(name, ix) }()
	if ix != nil {
		have := ix.Options()
		if have.N != o.N || have.Vectors != o.Vectors {
			return ix, false, problem(http.StatusConflict, "conflict", "the collection has n %d and vectors %s", have.N, have.Vectors)
		}
		return ix, false, nil
	}
	if count := len(s.names()); count >= s.most {
		return nil, false, broken(http.StatusConflict, "limit", "the number of collections", count+1, fmt.Sprintf("at most %d", s.most))
	}
	ix, err = s.make(name, o)
	return ix, err == nil, err
}

// make clears away what was not finished; a whole index that somebody has put there is no such thing.
func (s *store) make(name string, o index.Options) (*index.Index, error) {
	found, err := index.Open(s.path(name), index.Options{MustExist: true})
	if err == nil {
		err = found.Close()
	}
	if !errors.Is(err, index.ErrNotExist) {
		return nil, cmp.Or(err, error(problem(http.StatusConflict, "conflict", "there is a folder of this name that came while the server ran; it will be a collection when the server is started again")))
	}
	if err := os.RemoveAll(s.path(name)); err != nil {
		return nil, err
	}
	return index.Open(s.path(name), o)
}

// delete moves the folder away before it removes it, so that a crash leaves a collection or none.
func (s *store) delete(name string) error {
	ix, err := s.reserve(name)
	if err != nil {
		return err
	}
	s.mutex.Lock()
	delete(s.open, name)
	s.mutex.Unlock()
	defer s.release(name, nil)
	if ix == nil {
		return noCollection(name)
	}
	err = ix.Close()
	away := filepath.Join(s.trash(), name)
	if err := cmp.Or(os.RemoveAll(away), os.Rename(s.path(name), away)); err != nil {
		return err
	}
	return errors.Join(err, os.RemoveAll(away))
}

func (s *store) close() (err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, ix := range s.open {
		err = errors.Join(err, ix.Close())
	}
	s.open = nil
	return err
}

// problemOfStore is what a client is told of an error of the collections.
func problemOfStore(err error, field string) *Problem {
	if item, ok := errors.AsType[*index.ItemError](err); ok {
		return problemOf(item.Err, fmt.Sprintf("/points/%d", item.Item))
	}
	switch {
	case errors.Is(err, index.ErrDiskFull), errors.Is(err, syscall.ENOSPC):
		return problem(http.StatusInsufficientStorage, "disk_full", "there is not enough room on the disk for a write; nothing was written, and what was acknowledged is there")
	case errors.Is(err, index.ErrFailed):
		return problem(http.StatusServiceUnavailable, "store_failed", "the collection takes no more writes until the server is started again; what was acknowledged is safe").after(time.Minute)
	case errors.Is(err, index.ErrLocked):
		return problem(http.StatusConflict, "conflict", "another program has the collection open")
	case errors.Is(err, index.ErrClosed):
		return problem(http.StatusNotFound, "no_collection", "the collection was deleted")
	case errors.Is(err, index.ErrNotFound):
		return problem(http.StatusNotFound, "no_point", "there is no point with this id")
	}
	if argument, ok := errors.AsType[*index.ArgumentError](err); ok {
		return broken(http.StatusBadRequest, "invalid", argument.What, argument.Value, argument.Limit).at(field)
	}
	return nil
}
