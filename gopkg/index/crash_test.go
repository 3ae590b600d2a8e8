package index_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

// The test binary is its own child: childVariable says what it is to do.
const childVariable = "Q2_INDEX_CHILD"

const crashDim = 48

// crashOptions have the keeper at work all the time.
func crashOptions() index.Options {
	return index.Tuned(index.Options{N: crashDim, Dtype: q2.Q2, Cores: 2}, 1024, 150, nil)
}

// crashBatch is batch number i of a test whose writer may die: what it writes, and what it deletes. Each changes something, so that the number of the last batch in
// an index says which were written.
func crashBatch(i uint64) (items []index.Item, deleted []uint64) {
	r := rand.New(rand.NewPCG(i, 7))
	const certain = 1 << 20 // ids that are written once
	if i%4 == 3 {
		deleted = []uint64{certain + i - 1}
		for range 8 {
			deleted = append(deleted, r.Uint64N(1500))
		}
		return nil, deleted
	}
	items = []index.Item{{ID: certain + i, Code: randomCode(r, crashDim), Payload: payloadOf(i)}}
	for range r.IntN(20) {
		items = append(items, index.Item{ID: r.Uint64N(1500), Code: randomCode(r, crashDim), Payload: payloadOf(i)})
	}
	return items, nil
}

func applyBatch(ix *index.Index, i uint64) error {
	items, deleted := crashBatch(i)
	if deleted != nil {
		_, err := ix.Delete(deleted...)
		return err
	}
	return ix.Upsert(items...)
}

// follow brings a model from one batch to another.
func (m model) follow(t require.TestingT, from, to uint64) {
	for i := from + 1; i <= to; i++ {
		items, deleted := crashBatch(i)
		for _, item := range items {
			m.put(t, crashDim, item.ID, item.Code, item.Payload)
		}
		for _, id := range deleted {
			delete(m, id)
		}
	}
}

// child is main of a child process. It ends the process.
func child(role string) {
	what, rest, _ := strings.Cut(role, ":")
	var err error
	switch what {
	case "write":
		err = childWrite(rest, crashOptions())
	case "full":
		budget, dir, _ := strings.Cut(rest, ":")
		disk := &smallDisk{}
		var bytes int64
		if bytes, err = strconv.ParseInt(budget, 10, 64); err == nil {
			disk.left.Store(bytes)
			err = childWrite(dir, index.Tuned(crashOptions(), 1024, 150, disk.files()))
		}
	case "open":
		var ix *index.Index
		if ix, err = index.Open(rest, index.Options{}); err == nil {
			err = ix.Close()
		}
	}
	if err == nil {
		os.Exit(0)
	}
	fmt.Println("error", errors.Is(err, index.ErrDiskFull), errors.Is(err, index.ErrLocked), strings.ReplaceAll(err.Error(), "\n", "; "))
	os.Exit(1)
}

// childWrite writes batch after batch and says so on stdout once each is acknowledged.
func childWrite(dir string, o index.Options) error {
	ix, err := index.Open(dir, o)
	if err != nil {
		return err
	}
	stats, err := ix.Stats()
	if err != nil {
		return err
	}
	for i := stats.Batch + 1; ; i++ {
		if err := applyBatch(ix, i); err != nil {
			return errors.Join(err, ix.Close())
		}
		fmt.Println(i)
	}
}

func startChild(t testing.TB, role string) (*exec.Cmd, *bufio.Scanner) {
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childVariable+"="+role)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	return command, bufio.NewScanner(out)
}

// kills is how often the writer is killed: more in ci/test-long.
func kills(t testing.TB) int {
	asked := os.Getenv("Q2_INDEX_KILLS")
	if asked == "" {
		return 20
	}
	count, err := strconv.Atoi(asked)
	require.NoError(t, err)
	return count
}

func TestKilledWhileWriting(t *testing.T) {
	dir := t.TempDir()
	m, at := model{}, uint64(0)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range kills(t) {
		command, lines := startChild(t, "write:"+dir)
		acknowledged := at
		for range 1 + r.IntN(60) {
			require.True(t, lines.Scan(), "the writer stopped by itself")
			acknowledged = parseAck(t, lines.Text())
		}
		time.Sleep(time.Duration(r.IntN(3000)) * time.Microsecond)
		require.NoError(t, command.Process.Kill())
		for lines.Scan() { // what was acknowledged before the end
			acknowledged = parseAck(t, lines.Text())
		}
		require.Error(t, command.Wait())
		at = checkAfterCrash(t, dir, m, at, acknowledged)
	}
}

func parseAck(t testing.TB, line string) uint64 {
	i, err := strconv.ParseUint(line, 10, 64)
	require.NoError(t, err, "the writer says %q", line)
	return i
}

// checkAfterCrash opens an index whose writer has died, and returns the number of its last batch.
func checkAfterCrash(t testing.TB, dir string, m model, before, acknowledged uint64) uint64 {
	ix, err := index.Open(dir, crashOptions())
	require.NoError(t, err)
	defer func() { require.NoError(t, ix.Close()) }()
	stats, err := ix.Stats()
	require.NoError(t, err)
	require.GreaterOrEqual(t, stats.Batch, acknowledged, "acknowledged batches are lost")
	require.LessOrEqual(t, stats.Batch, acknowledged+1, "batches that were never written are there")
	require.Empty(t, stats.Repaired)
	m.follow(t, before, stats.Batch)
	wholeModel(t, m, ix)
	return stats.Batch
}

// wholeModel holds all of an index against its model.
func wholeModel(t testing.TB, m model, ix *index.Index) {
	all := collect(t, ix.Entries())
	require.Len(t, all, len(m))
	for _, e := range all {
		sameEntry(t, m[e.ID], e)
	}
	q := index.Query{Code: randomCode(rand.New(rand.NewPCG(3, 4)), ix.N())}
	for _, by := range []index.Ranking{index.Dot, index.L1, index.Lee} {
		o := index.SearchOptions{Ranking: by}
		hits, err := ix.Search(background, q, 50, o)
		require.NoError(t, err)
		sameHits(t, m.nearest(t, ix.N(), q, 50, o), hits)
	}
	report, err := ix.Verify(background)
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	require.Equal(t, len(m), report.Entries)
}

func TestDiskFullInTheMidstOfAWrite(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 5 {
		dir := t.TempDir()
		command, lines := startChild(t, fmt.Sprintf("full:%d:%s", 30_000+r.IntN(1_500_000), dir))
		acknowledged, last := uint64(0), ""
		for lines.Scan() {
			if last = lines.Text(); !strings.HasPrefix(last, "error") {
				acknowledged = parseAck(t, last)
			}
		}
		require.Error(t, command.Wait())
		require.True(t, strings.HasPrefix(last, "error true "), "the writer ended with %q", last)
		if acknowledged > 0 {
			checkAfterCrash(t, dir, model{}, 0, acknowledged)
		}
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, crashOptions())
	command, lines := startChild(t, "open:"+dir)
	require.True(t, lines.Scan())
	require.Contains(t, lines.Text(), "error false true index: "+dir+" is in use")
	require.Error(t, command.Wait())
	var locked *index.LockedError
	_, err := index.Open(dir, index.Options{})
	require.ErrorAs(t, err, &locked)
	require.Equal(t, dir, locked.Dir)
}
