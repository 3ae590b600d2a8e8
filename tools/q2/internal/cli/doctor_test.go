package cli_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
)

type found struct {
	Area, Name, Value, Remedy string
	OK                        bool
}

// doctor runs `q2 doctor --json` and returns its findings by name.
func doctor(t *testing.T, status int) map[string]found {
	t.Helper()
	r := q2run("", "doctor", "--json")
	require.Equal(t, status, r.status, r.stderr)
	list := map[string]found{}
	for line := range strings.Lines(r.stdout) {
		var f found
		require.NoError(t, json.Unmarshal([]byte(line), &f))
		list[f.Name] = f
	}
	return list
}

func TestDoctorFindsWhatThereIs(t *testing.T) {
	list := doctor(t, 0)
	for _, b := range q2.Backends() {
		assert.Equal(t, b.Available, list[b.Name+"/"+b.ISA].OK, b.Name+"/"+b.ISA)
	}
	best, err := q2.Open("", "")
	require.NoError(t, err)
	assert.Equal(t, best.String()+": the best available"+map[string]string{
		"purego": ", as cgo is missing", "go": ", as cgo and purego are missing",
	}[best.Backend()], list["chosen"].Value)
	assert.Contains(t, list["Go"].Value, runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH)
	for _, name := range []string{"q2", "cgo", "model", "features", "library", "shared library", "cache", "ONNX Runtime", "model folder", "lock limit"} {
		assert.NotEmpty(t, list[name].Value, name)
	}
}

func TestDoctorSeesRuntimeAndModel(t *testing.T) {
	folder := needsModel(t)
	list := doctor(t, 0)
	assert.Equal(t, found{"model", "model folder", folder, "", true}, list["model folder"])
	if list["cgo"].OK {
		assert.True(t, list["ONNX Runtime"].OK)
		assert.Regexp(t, `^1\.\d+\.\d+, .*onnxruntime`, list["ONNX Runtime"].Value)
	}
}

func TestDoctorSaysWhatToDo(t *testing.T) {
	cacheFolder := t.TempDir()
	t.Setenv("Q2_CACHE", cacheFolder)
	t.Setenv("ONNXRUNTIME_LIB", filepath.Join(cacheFolder, "none.so"))
	list := doctor(t, 0)
	assert.Equal(t, found{"model", "model folder", cacheFolder + "/models/all-minilm-l6-v2-int8: no model.onnx", "fetch it with q2 setup --model", false}, list["model folder"])
	assert.False(t, list["ONNX Runtime"].OK)
	if list["cgo"].OK {
		assert.Equal(t, "set ONNXRUNTIME_LIB to the path of version 1.24 or newer, or unset it and run q2 setup --runtime", list["ONNX Runtime"].Remedy)
	}
	screen := succeeds(t, q2run("", "doctor"))
	assert.Contains(t, screen, "\nWhat to do\n")
	assert.Contains(t, screen, "\n  model folder: fetch it with q2 setup --model\n")
}

func TestDoctorOnTheSharedLibrary(t *testing.T) {
	if kernel, err := q2.Open("purego", ""); err == nil {
		version, path := kernel.Library()
		assert.Equal(t, found{"kernel", "shared library", "libq2 " + version + ", " + path, "", true}, doctor(t, 0)["shared library"])
	}
	t.Setenv("Q2_LIBRARY", "/none/libq2.so.1")
	shared := doctor(t, 0)["shared library"]
	assert.False(t, shared.OK)
	assert.Regexp(t, `^none: (/none/libq2.so.1 \(Q2_LIBRARY\): |.*loads no libraries)`, shared.Value)
	assert.Regexp(t, `set Q2_LIBRARY to the absolute path of its file|use backend cgo or go`, shared.Remedy)
}

// TestDoctorWithoutKernel: a kernel that is asked for and isn't there is the one thing that makes the doctor fail.
func TestDoctorWithoutKernel(t *testing.T) {
	t.Setenv("Q2_BACKEND", "gpu")
	chosen := doctor(t, 1)["chosen"]
	assert.Equal(t, found{"kernel", "chosen", `backend is "gpu", must be cgo, purego, go or empty`, "unset Q2_BACKEND and Q2_ISA, or name what is available above", false}, chosen)
	assert.Equal(t, "q2: "+chosen.Value+"\n", q2run("", "doctor").stderr)

	t.Setenv("Q2_BACKEND", "go")
	assert.Equal(t, "go/go: as Q2_BACKEND=go Q2_ISA= ask", doctor(t, 0)["chosen"].Value)
}

func TestSetupPrintsPaths(t *testing.T) {
	folder := needsModel(t)
	assert.Equal(t, folder+"\n", q2run("", "setup", "--model", "--print-path").stdout)
	r := q2run("", "setup", "--json")
	assert.Equal(t, 0, r.status)
	assert.Regexp(t, fmt.Sprintf(`^\{"runtime":".*onnxruntime.*","model":"%s"\}\n$`, folder), r.stdout)
	assert.Contains(t, r.stderr, "already there")
}

func TestSetupRefusesARelativeCache(t *testing.T) {
	t.Setenv("Q2_CACHE", "here")
	fails(t, q2run("", "setup"), 1, `q2: Q2_CACHE="here": not an absolute path`)
}
