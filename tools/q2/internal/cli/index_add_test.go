//go:build unix

package cli_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// addLarge has a process add many codes to an index of one entry, stops it by a signal in the midst of writing, and tells how it ended and how many of them are there.
func addLarge(t *testing.T, s syscall.Signal) (ended error, complaint string, written int) {
	const dim, count = 512, 150_000
	succeeds(t, q2run(`{"id":9000000,"code":"`+strings.Repeat("1b", dim/4)+`"}`+"\n", "index", "build", "ix", "-", "--dim", fmt.Sprint(dim)))
	codes := make([]byte, count*dim/4)
	source := rand.NewChaCha8([32]byte{1})
	source.Read(codes)
	write(t, "codes", codes)
	args := []string{"index", "add", "ix", "codes", "--format", "codes", "--dim", fmt.Sprint(dim)}
	command, stderr := process(t, args...)
	require.NoError(t, command.Start())
	require.Eventually(t, func() bool { return bytesIn(t, "ix/store") > 1<<20 }, time.Minute, 100*time.Microsecond, "the writing that begins")
	require.NoError(t, command.Process.Signal(s))
	ended = command.Wait()
	complaint = stderr.String()

	ids := exportedIDs(t)
	require.EqualValues(t, 9000000, ids[len(ids)-1])
	written = len(ids) - 1
	for i, id := range ids[:written] {
		require.EqualValues(t, i, id, "what is there is not the beginning of the input")
	}
	if written < count {
		require.Zero(t, written%4096, "a batch is there in part")
	}
	succeeds(t, q2run("", args...))
	require.Len(t, exportedIDs(t), count+1)
	succeeds(t, q2run("", "index", "export", "ix", "--format", "codes", "-o", "out"))
	require.Equal(t, codes, read(t, "out")[:len(codes)])
	return ended, complaint, written
}

func bytesIn(t *testing.T, folder string) (size int64) {
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		if info, err := os.Stat(filepath.Join(folder, entry.Name())); err == nil {
			size += info.Size()
		}
	}
	return size
}

func exportedIDs(t *testing.T) (ids []uint64) {
	for line := range strings.Lines(succeeds(t, q2run("", "index", "export", "ix"))) {
		var entry struct{ ID uint64 }
		require.NoError(t, json.Unmarshal([]byte(line), &entry))
		ids = append(ids, entry.ID)
	}
	return ids
}

// TestIndexAddInterrupted: the first entries of the input are there, as many as the message says, and the same command writes the others.
func TestIndexAddInterrupted(t *testing.T) {
	inFolder(t)
	var ended error
	var complaint string
	written := 150_000
	for range 5 { // a signal may come too late
		require.NoError(t, os.RemoveAll("ix"))
		if ended, complaint, written = addLarge(t, syscall.SIGINT); written < 150_000 {
			break
		}
		require.NoError(t, ended)
	}
	require.Less(t, written, 150_000, "all was written before the signal came, five times")
	require.ErrorContains(t, ended, "exit status 1")
	assert.Equal(t, fmt.Sprintf("q2: interrupted; the first %d of 150000 entries are written, and for the others run the command again\n", written), complaint)
}

// TestIndexAddKilled: the first entries of the input are there, by whole batches, and the same command writes the others.
func TestIndexAddKilled(t *testing.T) {
	inFolder(t)
	_, complaint, _ := addLarge(t, syscall.SIGKILL)
	assert.Empty(t, complaint)
}
