package index

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

const (
	memTableSize = 8 << 20
	cacheSize    = 16 << 20
	// What must be free for a write to be begun: the store may have to put down all that it has in memory, and a new log.
	diskReserve = 4 * memTableSize
)

// store is the truth: a Pebble store, and what went wrong in it.
type store struct {
	folder string
	fs     fileSystem
	lock   *pebble.Lock
	db     *pebble.DB

	failure atomic.Pointer[error] // the first error that the store can't go on after
	stuck   atomic.Bool           // the store stopped in the midst of a write: not even closing it works

	mutex   sync.Mutex
	damaged map[string]bool // files that reads found damaged
}

// lockStore makes sure that nobody else has the store open.
func lockStore(dir, folder string, fs fileSystem) (*pebble.Lock, error) {
	lock, err := pebble.LockDirectory(folder, fs)
	if err == nil {
		return lock, nil
	}
	// Opening the lock file fails with the file's name; what has none says that it is locked.
	var named *os.PathError
	if errors.As(err, &named) {
		return nil, err
	}
	return nil, &LockedError{dir}
}

func openStore(folder string, lock *pebble.Lock, fs fileSystem, readOnly bool) (*store, error) {
	s := &store{folder: folder, fs: fs, lock: lock, damaged: map[string]bool{}}
	cache := pebble.NewCache(cacheSize)
	defer cache.Unref()
	options := &pebble.Options{
		FS: fs, Lock: lock, ReadOnly: readOnly,
		Cache: cache, MemTableSize: memTableSize,
		FormatMajorVersion: pebble.FormatNewest,
		Logger:             logger{s},
		EventListener:      &pebble.EventListener{DataCorruption: s.noteDamage},
	}
	for i := range options.Levels {
		options.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	db, err := pebble.Open(folder, options)
	if err == nil {
		err = s.failed()
	}
	if err != nil {
		if db != nil {
			_ = db.Close()
		}
		return nil, err
	}
	s.db = db
	return s, nil
}

func (s *store) close() error {
	if s.stuck.Load() {
		return nil
	}
	return s.db.Close()
}

// logger takes what Pebble says. Pebble expects the process to end on what is fatal; the index ends its writes instead.
type logger struct{ store *store }

func (logger) Infof(string, ...any)  {}
func (logger) Errorf(string, ...any) {}

func (l logger) Fatalf(format string, values ...any) {
	for _, v := range values {
		if err, ok := v.(error); ok {
			l.store.fail(err)
			return
		}
	}
	l.store.fail(fmt.Errorf(format, values...))
}

// fail notes the first error that the store can't go on after, and returns it as the error of the call that met it.
func (s *store) fail(err error) error {
	failure := fmt.Errorf("%w: %w", ErrFailed, err)
	if errors.Is(err, syscall.ENOSPC) {
		failure = fmt.Errorf("%w: %w: %w", ErrFailed, ErrDiskFull, err)
	}
	s.failure.CompareAndSwap(nil, &failure)
	return *s.failure.Load()
}

func (s *store) failed() error {
	if failure := s.failure.Load(); failure != nil {
		return *failure
	}
	return nil
}

// room refuses a write of so many bytes where the disk is nearly full: the store could not finish it.
func (s *store) room(bytes int) error {
	usage, err := s.fs.GetDiskUsage(s.folder)
	if err != nil {
		return nil // not every file system can tell
	}
	if need := uint64(diskReserve + 2*bytes); usage.AvailBytes < need {
		return &DiskFullError{s.folder, usage.AvailBytes, need}
	}
	return nil
}

// apply makes a batch visible. With sync, b.SyncWait must follow.
func (s *store) apply(b *pebble.Batch, sync bool) (err error) {
	if err := s.failed(); err != nil {
		return err
	}
	defer func() {
		if stop := recover(); stop != nil {
			s.stuck.Store(true)
			cause, ok := stop.(error)
			if !ok {
				cause = fmt.Errorf("%v", stop)
			}
			err = s.fail(cause)
		}
	}()
	if sync {
		err = s.db.ApplyNoSyncWait(b, pebble.Sync)
	} else {
		err = s.db.Apply(b, pebble.NoSync)
	}
	if err != nil {
		return s.fail(err)
	}
	return s.failed()
}

// syncLog puts everything on the disk that was applied.
func (s *store) syncLog() (err error) {
	if err := s.failed(); err != nil {
		return err
	}
	b := s.db.NewBatch()
	if err := b.LogData(nil, nil); err != nil {
		return err
	}
	if err := s.apply(b, true); err != nil {
		return err
	}
	return s.wait(b)
}

// wait returns when a batch that was applied with sync is on the disk.
func (s *store) wait(b *pebble.Batch) error {
	if err := b.SyncWait(); err != nil {
		return s.fail(err)
	}
	return b.Close()
}

// noteDamage is told of damage by whatever reads a file.
func (s *store) noteDamage(info pebble.DataCorruptionInfo) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.damaged[path.Join(storeFolder, filepath.Base(info.Path))] = true
}

// readError names the file that an error of a read is about.
func (s *store) readError(err error) error {
	if err == nil || !pebble.IsCorruptionError(err) {
		return err
	}
	files := []string{storeFolder}
	if info := pebble.ExtractDataCorruptionInfo(err); info != nil {
		files = []string{path.Join(storeFolder, filepath.Base(info.Path))}
	}
	return &DamageError{Files: files, What: "reading it failed", Err: err}
}

// get copies a value; found is false where there is none.
func (s *store) get(from pebble.Reader, key []byte) (value []byte, found bool, err error) {
	raw, done, err := from.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, s.readError(err)
	}
	value = append(make([]byte, 0, len(raw)), raw...)
	return value, true, s.readError(done.Close())
}

// each calls use with every pair of [from, to), in order, until it fails. What use is given is good during the call.
func (s *store) each(in pebble.Reader, from, to []byte, use func(key, value []byte) error) error {
	rows, err := in.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: to})
	if err != nil {
		return s.readError(err)
	}
	for more := rows.First(); more && err == nil; more = rows.Next() {
		var value []byte
		if value, err = rows.ValueAndErr(); err == nil {
			err = use(rows.Key(), value)
		}
	}
	if err == nil {
		err = rows.Error()
	}
	if closed := rows.Close(); err == nil {
		err = closed
	}
	return s.readError(err)
}

// state is where the store stands.
func (s *store) state(in pebble.Reader) (state, error) {
	value, found, err := s.get(in, stateKey)
	if err != nil || !found {
		return state{}, err
	}
	return parseState(value)
}

// storeExists says whether a store was made in a folder.
func storeExists(folder string, files fileSystem) (bool, error) {
	if _, err := files.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	about, err := pebble.Peek(folder, files)
	if err != nil {
		return false, err
	}
	return about.Exists, nil
}
