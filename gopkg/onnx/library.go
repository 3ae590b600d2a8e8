package onnx

import (
	"os"
	"runtime"

	"github.com/q2kernel/q2/gopkg/cache"
)

// LibraryVariable names the environment variable with the path of ONNX Runtime's shared library.
const LibraryVariable = "ONNXRUNTIME_LIB"

// CheckLibrary loads ONNX Runtime as Open would with that Options.Library, and lets it go again. Errors: *LibraryError, ErrNoCgo.
func CheckLibrary(library string) error {
	e, err := newEngine(library)
	if err != nil {
		return err
	}
	return e.close()
}

// candidates are the places to load ONNX Runtime from, in order. Who names a path wants that library and no other, so an option or
// the environment variable is the only place then.
func candidates(option string) []Attempt {
	if option != "" {
		return []Attempt{{Path: option, Source: "option"}}
	}
	if path := os.Getenv(LibraryVariable); path != "" {
		return []Attempt{{Path: path, Source: LibraryVariable}}
	}
	var places []Attempt
	path, err := cache.RuntimeLibrary()
	places = append(places, Attempt{Path: path, Source: "cache", Err: err})
	for _, name := range loaderNames(runtime.GOOS) {
		places = append(places, Attempt{Path: name, Source: "system"})
	}
	return places
}

// loaderNames are what the system's loader is asked for; it never looks into the working directory for them.
func loaderNames(goos string) []string {
	switch goos {
	case "windows":
		return []string{"onnxruntime.dll"}
	case "darwin":
		return []string{"libonnxruntime.dylib"}
	default:
		return []string{"libonnxruntime.so.1", "libonnxruntime.so"}
	}
}

// load tries the candidates until one loads, and returns its path. err is a *LibraryError with all of them.
func load(places []Attempt, open func(path string) error) (string, error) {
	for i := range places {
		place := &places[i]
		if place.Err == nil && place.Source != "system" {
			_, place.Err = os.Stat(place.Path)
		}
		if place.Err == nil {
			place.Err = open(place.Path)
		}
		if place.Err == nil {
			return place.Path, nil
		}
	}
	return "", &LibraryError{places}
}
