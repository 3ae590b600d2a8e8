package index

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Index is an open index. One process at a time has a directory open, as one Index.
type Index struct {
	dir     string
	options Options
	layout  layout
	kernel  *q2.Kernel
	store   *store
	witness *witness
	keeper  keeper

	current struct {
		sync.Mutex
		view  *view          // nil once closed
		reads sync.WaitGroup // those that have a view
	}
	write sync.Mutex // held by whoever makes the next view
	room  *sync.Cond // of write: the keeper has put codes in memory down

	closing  sync.Once
	closeErr error

	repaired []string
	origin   string // of the scan array
}

// Open opens the index in a directory, or makes one there if the options give N and the directory is missing or empty. With N = 0 the rest of the
// options' description (Dtype, Vectors) is what the directory says; otherwise it must agree. Errors: *ArgumentError, *MismatchError, *LockedError,
// *DamageError, *DiskFullError, ErrNotExist.
func Open(dir string, o Options) (*Index, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o = o.settled()
	dir, err := findFolder(dir, o)
	if err != nil {
		return nil, err
	}
	lock, err := lockStore(dir, filepath.Join(dir, storeFolder), o.fs)
	if err != nil {
		return nil, err
	}
	ix := &Index{dir: dir, options: o}
	ix.room = sync.NewCond(&ix.write)
	if err := ix.open(lock); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	ix.keeper.start(ix)
	return ix, nil
}

// findFolder makes the folders of an index, unless there must be one already. The result is the directory's one true name: locks go by it.
func findFolder(dir string, o Options) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	exists, err := storeExists(filepath.Join(dir, storeFolder), o.fs)
	if err != nil {
		return "", err
	}
	if !exists {
		if o.N == 0 || o.MustExist {
			return "", fmt.Errorf("%w: %s", ErrNotExist, dir)
		}
		if err := checkEmpty(dir); err != nil {
			return "", err
		}
		if err := o.fs.MkdirAll(filepath.Join(dir, storeFolder), 0o755); err != nil {
			return "", err
		}
	}
	if err := o.fs.MkdirAll(filepath.Join(dir, scanFolder), 0o755); err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// checkEmpty refuses to make an index among other files. What an interrupted Open left doesn't count.
func checkEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if !slices.Contains([]string{storeFolder, scanFolder}, entry.Name()) {
			return fmt.Errorf("%w in %s, and a new one needs a new or an empty directory: %s is in it", ErrNotExist, dir, entry.Name())
		}
	}
	return err
}

// open opens what lies behind an index, whose lock is held.
func (ix *Index) open(lock *pebble.Lock) (err error) {
	if ix.kernel = ix.options.Kernel; ix.kernel == nil {
		if ix.kernel, err = q2.Default(); err != nil {
			return err
		}
	}
	if ix.store, err = ix.openTruth(lock); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			ix.abandon()
		}
	}()
	if err = ix.settleConfig(); err != nil {
		return err
	}
	ix.layout = newLayout(ix.options.N, q2.PackedLen(ix.options.N), ix.options.blockBytes)
	return ix.loadArray()
}

// abandon closes what an open has opened before it failed.
func (ix *Index) abandon() {
	ix.publish(nil)
	if ix.witness != nil {
		_ = ix.witness.close()
	}
	_ = ix.store.close()
}

// openTruth opens the store, after a look at whether it still is what it was.
func (ix *Index) openTruth(lock *pebble.Lock) (*store, error) {
	repaired, err := breakSeal(ix.dir, ix.options.fs)
	if err != nil {
		return nil, err
	}
	ix.repaired = append(ix.repaired, repaired...)
	path := filepath.Join(ix.dir, witnessFile)
	seen, whole, err := readWitness(path)
	if err != nil {
		return nil, err
	}
	if !whole {
		ix.repaired = append(ix.repaired, witnessFile)
	}
	suspected, err := suspects(ix.dir)
	if err == nil {
		err = dropOptions(filepath.Join(ix.dir, storeFolder), ix.options.fs)
	}
	if err != nil {
		return nil, err
	}
	if len(suspected) > 0 {
		if err := checkLoss(ix.dir, lock, ix.options.fs, seen, suspected); err != nil {
			return nil, err
		}
	}
	s, err := openStore(filepath.Join(ix.dir, storeFolder), lock, ix.options.fs, false)
	if err != nil {
		return nil, openDamage(err, suspected)
	}
	at, err := s.state(s.db)
	if err == nil {
		err = lossError(at.seq, seen, suspected)
	}
	if err == nil {
		ix.witness, err = openWitness(path, at.seq)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// settleConfig compares the options with what the store says it holds, or makes it say so.
func (ix *Index) settleConfig() error {
	value, found, err := ix.store.get(ix.store.db, configKey)
	if err != nil {
		return err
	}
	if found {
		held, err := parseConfig(ix.dir, value)
		if err != nil {
			return err
		}
		ix.options, err = ix.options.adopt(ix.dir, held)
		return err
	}
	if ix.options.N == 0 || ix.options.MustExist {
		return fmt.Errorf("%w: %s", ErrNotExist, ix.dir)
	}
	at, err := ix.store.state(ix.store.db)
	if err != nil {
		return err
	}
	if at.seq != 0 {
		return &DamageError{Files: []string{storeFolder}, What: "it holds batches and doesn't say of which kind"}
	}
	return ix.store.db.Set(configKey, ix.options.config().value(), pebble.Sync)
}

// Close ends what is going on in the background, waits for searches and iterations that are on, and closes the index. Closing twice is fine.
func (ix *Index) Close() error {
	ix.closing.Do(func() { ix.closeErr = ix.close() })
	return ix.closeErr
}

func (ix *Index) close() error {
	ix.keeper.stop()
	ix.tidy()
	ix.write.Lock()
	defer ix.write.Unlock()
	ix.room.Broadcast()
	last := ix.current.view
	err := ix.store.failed()
	if err == nil {
		err = ix.settleLog(last.seq)
	}
	ix.publish(nil)
	ix.current.reads.Wait()
	err = errors.Join(err, ix.witness.close(), ix.store.close())
	if err == nil {
		err = writeSeal(ix.dir, ix.options.fs)
	}
	return errors.Join(err, ix.unlock())
}

// tidy puts codes in memory down where the next open would have to read many entries again. Failing at that does no harm.
func (ix *Index) tidy() {
	v, err := ix.enter()
	if err != nil {
		return
	}
	changes := v.changes
	ix.leave(v)
	if changes >= ix.options.sealSlots/16 {
		_ = ix.settleArray(mergeTiers)
	}
}

// settleLog puts everything on the disk, for an index that need not do so with every write.
func (ix *Index) settleLog(seq uint64) error {
	if err := ix.store.syncLog(); err != nil {
		return err
	}
	return ix.witness.advance(seq)
}

// unlock lets others have the directory, also where the store could not be closed.
func (ix *Index) unlock() error {
	if ix.store.stuck.Load() {
		_ = ix.store.lock.Close()
	}
	return ix.store.lock.Close()
}

// Flush returns when everything that was written before is on the disk. With Sync Durable that is so anyway.
func (ix *Index) Flush() error {
	v, err := ix.enter()
	if err != nil {
		return err
	}
	defer ix.leave(v)
	return ix.settleLog(v.seq)
}

// N is the number of dimensions.
func (ix *Index) N() int { return ix.options.N }

// Options are those that the index was opened with, and what the directory says.
func (ix *Index) Options() Options { return ix.options }
