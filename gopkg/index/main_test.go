package index_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

// No test of this package may leave a goroutine behind.
func TestMain(m *testing.M) {
	if role := os.Getenv(childVariable); role != "" {
		child(role)
	}
	goleak.VerifyTestMain(m)
}

// open opens an index that is closed with the test.
func open(t testing.TB, dir string, o index.Options) *index.Index {
	t.Helper()
	ix, err := index.Open(dir, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, ix.Close()) })
	return ix
}

func randomCode(r *rand.Rand, n int) []byte {
	code := make([]byte, q2.PackedLen(n))
	for i := range code {
		code[i] = byte(r.Uint32())
	}
	if n%4 != 0 {
		code[n/4] &= 0xff << (8 - 2*(n%4))
	}
	return code
}

func payloadOf(id uint64) []byte { return fmt.Appendf(nil, `{"id":%d,"third":%t}`, id, id%3 == 0) }

func number(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

var background = context.Background()
