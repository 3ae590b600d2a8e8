//go:build q2debug && cgo && linux && amd64

package arena_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/internal/faultprobe"
)

const strayChild = "Q2_TEST_STRAY"

// A write by C ends the program, here a child, at the very byte: C code that kept an address from a lease does no harm unnoticed.
func TestAStrayWriteByCFaults(t *testing.T) {
	if os.Getenv(strayChild) != "" {
		a := newArena(t, arena.Options{Leases: 2, LeaseBytes: 1000})
		l := take(t, a)
		b := bytesOf(t, l)
		faultprobe.Store(&b[999], 1) // as long as it is out, all is well
		require.NoError(t, l.Release())
		fmt.Printf("expected at %#x\n", address(b[999:]))
		faultprobe.Store(&b[999], 1)
		fmt.Println("nothing happened")
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestAStrayWriteByCFaults$")
	child.Env = append(os.Environ(), strayChild+"=1")
	out, err := child.CombinedOutput()
	require.Error(t, err, "%s", out)
	var at uintptr
	_, err = fmt.Sscanf(string(out), "expected at %v", &at)
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), fmt.Sprintf("addr=%#x", at))
	assert.Contains(t, string(out), "signal arrived during cgo execution")
}
