// Package cache says where fetched things lie: ONNX Runtime's shared library and models. It holds path rules only; it reads
// the environment, and neither creates nor looks at a file.
//
//	<cache>/onnxruntime/<version>-<os>-<arch>/<library>
//	<cache>/models/<name>/model.onnx, tokenizer.json
//
// <cache> is Q2_CACHE, or q2 in the user's cache folder.
package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

const (
	// Environment names the variable that moves the cache.
	Environment = "Q2_CACHE"
	// RuntimeVersion is the ONNX Runtime that `q2 setup` fetches.
	RuntimeVersion = "1.30.0"
	// DefaultModel is the folder name of the model that `q2 setup` fetches.
	DefaultModel = "all-minilm-l6-v2-int8"
	// ModelFile and TokenizerFile are what a model folder holds.
	ModelFile     = "model.onnx"
	TokenizerFile = "tokenizer.json"
)

// ErrRelative is the cause when Q2_CACHE is not an absolute path: a relative one would mean another folder in every directory.
var ErrRelative = errors.New("not an absolute path")

// Dir is the cache folder: Q2_CACHE if set, else q2 in os.UserCacheDir. It need not exist.
func Dir() (string, error) {
	if dir := os.Getenv(Environment); dir != "" {
		if !filepath.IsAbs(dir) {
			return "", fmt.Errorf("%s=%q: %w", Environment, dir, ErrRelative)
		}
		return filepath.Clean(dir), nil
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder (set %s to an absolute path): %w", Environment, err)
	}
	return filepath.Join(base, "q2"), nil
}

// Runtime is the folder of the pinned ONNX Runtime for an operating system and architecture, in Go's names.
func Runtime(dir, goos, goarch string) string {
	return filepath.Join(dir, "onnxruntime", RuntimeVersion+"-"+goos+"-"+goarch)
}

// LibraryName is the file name of ONNX Runtime's shared library on an operating system: versioned as its packages name it.
func LibraryName(goos string) string {
	switch goos {
	case "windows":
		return "onnxruntime.dll"
	case "darwin":
		return "libonnxruntime." + RuntimeVersion + ".dylib"
	default:
		return "libonnxruntime.so." + RuntimeVersion
	}
}

// RuntimeLibrary is the path at which `q2 setup` leaves ONNX Runtime's shared library for this machine.
func RuntimeLibrary() (string, error) {
	dir, err := Dir()
	if err != nil {
		return "", err
	}
	return filepath.Join(Runtime(dir, runtime.GOOS, runtime.GOARCH), LibraryName(runtime.GOOS)), nil
}

// Model is the folder of a model in a cache folder.
func Model(dir, name string) string { return filepath.Join(dir, "models", name) }

// DefaultModelFolder is the folder in which `q2 setup` leaves the default model.
func DefaultModelFolder() (string, error) {
	dir, err := Dir()
	if err != nil {
		return "", err
	}
	return Model(dir, DefaultModel), nil
}
