package cli

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/onnx"
)

// runtimeFindings look for ONNX Runtime and the default model, and open the model if both are there.
func runtimeFindings() []finding {
	const area = "model"
	list := []finding{cacheFinding(), libraryFinding()}
	folder, err := cache.DefaultModelFolder()
	if err != nil {
		return list
	}
	model := finding{Area: area, Name: "model folder", Value: folder, OK: true}
	for _, name := range []string{cache.ModelFile, cache.TokenizerFile} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			model.OK, model.Remedy = false, "fetch it with q2 setup --model"
			model.Value += ": no " + name
			break
		}
	}
	return append(list, model)
}

// libraryFinding loads ONNX Runtime from the first of the places where gopkg/onnx looks for it, and asks for its version.
func libraryFinding() finding {
	f := finding{Area: "model", Name: "ONNX Runtime", OK: true}
	for _, path := range libraryPlaces() {
		if version, err := loadRuntime(path); err == nil {
			f.Value = version + ", " + path
			return f
		}
	}
	f.OK = false
	err := onnx.CheckLibrary("") // says best why not
	var lacking *onnx.LibraryError
	switch {
	case errors.Is(err, onnx.ErrNoCgo):
		f.Value = "not usable in a build without cgo" // whose remedy is there already
	case errors.As(err, &lacking):
		f.Value, f.Remedy = tried(lacking.Tried)
	default:
		f.Value = oneLine(err)
	}
	return f
}

// tried is where ONNX Runtime was looked for in vain, and what to do about it.
func tried(attempts []onnx.Attempt) (value, remedy string) {
	if first := attempts[0]; first.Source == onnx.LibraryVariable {
		return oneLine(first.Err), "set " + onnx.LibraryVariable + " to the path of version 1.24 or newer, or unset it and run q2 setup --runtime"
	}
	var places []string
	for _, a := range attempts {
		places = append(places, a.Path)
	}
	return "not found: tried " + strings.Join(places, ", "), "fetch it with q2 setup --runtime, or set " + onnx.LibraryVariable + " to the path of version 1.24 or newer"
}

// libraryPlaces are those of onnx.Options.Library: the environment's alone, or the cache's and then the system's.
func libraryPlaces() []string {
	if path := os.Getenv(onnx.LibraryVariable); path != "" {
		return []string{path}
	}
	var places []string
	if path, err := cache.RuntimeLibrary(); err == nil {
		places = append(places, path)
	}
	switch runtime.GOOS {
	case "windows":
		return append(places, "onnxruntime.dll")
	case "darwin":
		return append(places, "libonnxruntime.dylib")
	}
	return append(places, "libonnxruntime.so.1", "libonnxruntime.so")
}

// cacheFinding is where fetched things are.
func cacheFinding() finding {
	f := finding{Area: "model", Name: "cache", OK: true}
	var err error
	if f.Value, err = cache.Dir(); err != nil {
		f.Value, f.OK = oneLine(err), false
		f.Remedy = "set " + cache.Environment + " to an absolute path"
	}
	return f
}
