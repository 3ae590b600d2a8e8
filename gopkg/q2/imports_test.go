package q2_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever imports this package compiles the kernel and nothing of ONNX Runtime, the command or the tests.
func TestImportsStayFew(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	out, err := list.Output()
	require.NoError(t, err)
	require.ElementsMatch(t, []string{
		"github.com/q2kernel/q2/gopkg/q2",
		"github.com/q2kernel/q2/gopkg/reference",
		"github.com/q2kernel/q2/native",
	}, strings.Fields(string(out)))
}
