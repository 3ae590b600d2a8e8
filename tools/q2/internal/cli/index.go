package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

type indexCommand struct {
	Build  indexBuildCommand  `cmd:"" help:"Make an index of a file's codes, activations or texts."`
	Add    indexAddCommand    `cmd:"" help:"Write more into an index."`
	Search indexSearchCommand `cmd:"" help:"Find the nearest entries, or those of a range of keys."`
	Stats  indexStatsCommand  `cmd:"" help:"Say what an index holds."`
	Verify indexVerifyCommand `cmd:"" help:"Read all of an index and check it; mend what can be made anew."`
	Export indexExportCommand `cmd:"" help:"Write an index's entries to a file."`
}

// itemFlags say what an input holds.
type itemFlags struct {
	Format  string    `enum:"auto,ndjson,npy,parquet,arrow,codes" default:"auto" help:"The input: ndjson, npy, parquet, arrow, or codes (as q2 quantise -o writes them); by default what the name ends in, and ndjson otherwise."`
	Column  string    `placeholder:"NAME" help:"The list column of a Parquet or Arrow file; by default the only one."`
	Dim     *int      `placeholder:"N" help:"Dimensions of a code, which its bytes don't tell."`
	Dtype   *q2.Dtype `placeholder:"NAME" help:"The elements of a .npy file, where its type leaves it open: q4, q2 or bf16."`
	SeqLen  *int      `placeholder:"S" help:"Rows of a sequence in a .npy file: one entry a sequence, of its last row."`
	FirstID uint64    `name:"first-id" placeholder:"ID" help:"The id of the first row of a file without ids; the others follow (0)."`
	Model   string    `placeholder:"DIR" help:"The model folder for texts; by default the one that q2 setup fetched."`

	queries bool // lines need no id
}

const itemHelp = `An NDJSON line is an object: "id" (0 to 2^64 - 1), one of "text", "activation" (an array of numbers) and "code" (hex), and "payload", any JSON value, kept as it is; a text without one is its own payload. What q2 index export writes can be read.`

type indexBuildCommand struct {
	Dir   string `arg:"" help:"The directory to make."`
	Input string `arg:"" help:"The entries; - is stdin."`
	itemFlags
	Vectors string `enum:"none,int8,fp32" default:"none" help:"Keep the activations too, to rank the best again by cosine: none, int8 or fp32."`
}

func (*indexBuildCommand) Help() string {
	return itemHelp + ` The directory appears when all is in it; after an error there is none.

Examples:

    q2 index build recipes --format ndjson recipes.jsonl
    q2 index build states hidden.npy --vectors int8
    q2 index build codes --format codes --dim 384 codes.bin`
}

func (c *indexBuildCommand) Run(s *streams) (err error) {
	if _, err := os.Lstat(c.Dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s exists; q2 index add writes into an index", c.Dir)
	}
	if _, err := os.Stat(filepath.Dir(filepath.Clean(c.Dir))); err != nil {
		return err
	}
	in, err := s.openItems(c.Input, c.itemFlags)
	if err != nil {
		return err
	}
	defer in.close()
	vectors, err := index.ParseVectors(c.Vectors)
	if err != nil {
		return err
	}
	return s.buildIndex(c.Dir, in, vectors)
}

// buildIndex makes an index under another name, and gives it its own once it is whole.
func (s *streams) buildIndex(dir string, in *itemInput, vectors index.Vectors) (err error) {
	first, err := in.next()
	if errors.Is(err, io.EOF) {
		err = errors.New("the input is empty")
	}
	if err != nil {
		return named(in.name, err)
	}
	part, err := os.MkdirTemp(filepath.Dir(filepath.Clean(dir)), "."+filepath.Base(dir)+".*.part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(part))
		}
	}()
	if err := os.Chmod(part, 0o755); err != nil {
		return err
	}
	// Nothing is promised before the end, so nothing need be synced before it.
	ix, err := index.Open(part, index.Options{N: in.n, Dtype: in.dtype, Vectors: vectors, Sync: index.Relaxed})
	if err != nil {
		return named(in.name, err)
	}
	err = s.fill(ix, in, &first)
	if closed := ix.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return named(in.name, err)
	}
	return os.Rename(part, dir)
}

// fill writes all items, in batches.
func (s *streams) fill(ix *index.Index, in *itemInput, first *index.Item) error {
	progress := terminal.NewProgress(s.err, "indexing", in.size)
	defer progress.Clear()
	batch := newItemBatch(ix.Upsert)
	item, err := *first, error(nil)
	for ; err == nil; item, err = in.next() {
		if err := batch.add(item, in.where()); err != nil {
			return err
		}
		progress.At(in.consumed())
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return batch.flush()
}

type indexAddCommand struct {
	Dir   string `arg:"" help:"The index."`
	Input string `arg:"" help:"The entries; - is stdin."`
	itemFlags
	OnlyNew bool `help:"Refuse ids that are there already, in place of writing them anew."`
}

func (*indexAddCommand) Help() string {
	return itemHelp + ` The whole input is read and checked before anything is written. Then it is written in the order of the input, up to 4096 entries at a time, each such batch whole or not at all. Where that is cut short, by an error or a signal, the first entries of the input are in the index and the message says how many; after a crash it is likewise the first ones, and q2 index stats counts the entries. Running the command again is safe: an entry that is there is written anew, as it is.

Examples:

    q2 index add recipes more.jsonl
    q2 index add states --first-id 50000 more.npy`
}

func (c *indexAddCommand) Run(s *streams) error {
	ix, err := index.Open(c.Dir, index.Options{Sync: index.Relaxed})
	if err != nil {
		return err
	}
	held := &itemSpool{}
	defer held.close()
	err = c.read(s, ix, held)
	if err != nil {
		return errors.Join(err, ix.Close())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	written, err := writeHeld(ctx, ix.Upsert, held)
	if closed := ix.Close(); closed != nil { // which makes all durable
		return errors.Join(err, fmt.Errorf("what was written may not be on the disk, run the command again: %w", closed))
	}
	return c.cutShort(written, held.count, err)
}

// read holds all items, once they are checked.
func (c *indexAddCommand) read(s *streams, ix *index.Index, held *itemSpool) error {
	if n := ix.N(); c.Dim == nil {
		c.Dim = &n
	}
	in, err := s.openItems(c.Input, c.itemFlags)
	if err != nil {
		return err
	}
	defer in.close()
	return named(in.name, c.check(s, ix, in, held))
}

// writeHeld writes what is held, and tells how many entries the batches had that were written before an error or the end of ctx.
func writeHeld(ctx context.Context, upsert func(items ...index.Item) error, held *itemSpool) (written int, err error) {
	batch := newItemBatch(func(items ...index.Item) error {
		err := context.Cause(ctx)
		if err == nil {
			err = upsert(items...)
		}
		if err == nil {
			written += len(items)
		}
		return err
	})
	if err = held.each(batch.add); err == nil {
		err = batch.flush()
	}
	return written, err
}

// cutShort says of an error in the midst of writing what is in the index now.
func (c *indexAddCommand) cutShort(written, of int, err error) error {
	if err == nil {
		return nil
	}
	again := "run the command again"
	if c.OnlyNew {
		again += " without --only-new: they were all new"
	}
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	return fmt.Errorf("%w; the first %d of %d entries are written, and for the others %s", err, written, of, again)
}

// check reads all items, refuses what the index would, and holds the rest.
func (c *indexAddCommand) check(s *streams, ix *index.Index, in *itemInput, held *itemSpool) error {
	progress := terminal.NewProgress(s.err, "reading", in.size)
	defer progress.Clear()
	seen := map[uint64]bool{}
	for count := 0; ; count++ {
		item, err := in.next()
		if errors.Is(err, io.EOF) && count == 0 {
			return errors.New("the input is empty")
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = ix.Check(item)
		}
		if err == nil && c.OnlyNew {
			err = isNew(ix, item.ID, seen)
		}
		if err != nil {
			return inPlace(in.where(), err)
		}
		if err := held.add(item, in.where()); err != nil {
			return err
		}
		progress.At(in.consumed())
	}
}

func isNew(ix *index.Index, id uint64, seen map[uint64]bool) error {
	_, err := ix.Get(id)
	if err == nil || seen[id] {
		return &index.IDError{ID: id, Err: index.ErrExists}
	}
	seen[id] = true
	if errors.Is(err, index.ErrNotFound) {
		return nil
	}
	return err
}

// placed is an error that says where in the input it is already.
type placed struct{ error }

func (p placed) Unwrap() error { return p.error }

// inPlace says where in the input an item is that an error is about.
func inPlace(where string, err error) error {
	var already placed
	if err == nil || errors.As(err, &already) {
		return err
	}
	return placed{fmt.Errorf("%s: %w", where, err)}
}

var errOneSource = &rows.UsageError{What: "one of --text, --queries, --npy, --code, --id, --window, --prefix and --bucket is needed, and only one"}
