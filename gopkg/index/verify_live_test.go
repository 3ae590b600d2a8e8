package index_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A table that a compaction is just writing lies in the store's folder half-finished; it is not damage.
func TestVerifyPassesOverTablesInTheMaking(t *testing.T) {
	dir := t.TempDir()
	ix := open(t, dir, crashOptions())
	m := fullFolder(t, ix)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "store", "999999.sst"), []byte("the beginning of a table"), 0o600))
	report, err := ix.Verify(background)
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	wholeModel(t, m, ix)
}
