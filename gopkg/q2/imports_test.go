package q2_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever imports this package compiles the kernel, and purego to load it with, and nothing of ONNX Runtime, the command or
// the tests. With the tag q2_nopurego, not even that.
func TestImportsStayFew(t *testing.T) {
	ours := []string{
		"github.com/q2kernel/q2/gopkg/q2",
		"github.com/q2kernel/q2/gopkg/reference",
		"github.com/q2kernel/q2/native",
		"github.com/q2kernel/q2/native/internal/gostack",
	}
	require.ElementsMatch(t, ours, imports(t, "CGO_ENABLED=0", "-tags=q2_nopurego"))
	for _, cgo := range []string{"CGO_ENABLED=0", "CGO_ENABLED=1"} {
		for _, path := range imports(t, cgo, "-tags=") {
			if !strings.HasPrefix(path, "github.com/ebitengine/purego") {
				require.Contains(t, ours, path)
			}
		}
	}
}

func imports(t *testing.T, cgo, tags string) []string {
	list := exec.Command("go", "list", tags, "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	list.Env = append(os.Environ(), cgo)
	out, err := list.Output()
	require.NoError(t, err)
	return strings.Fields(string(out))
}
