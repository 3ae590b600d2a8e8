//go:build cgo

package onnx

import (
	"fmt"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// environment counts who uses ONNX Runtime's one environment of the process. Somebody else's is used as it is and left to them;
// ours goes with the last model.
var environment struct {
	sync.Mutex
	users int
	ours  bool
	path  string // of the library, if it is ours
}

func acquireEnvironment(library string) error {
	environment.Lock()
	defer environment.Unlock()
	if !ort.IsInitialized() {
		path, err := load(candidates(library), initialise)
		if err != nil {
			return err
		}
		environment.ours, environment.path = true, path
	} else if environment.users == 0 {
		environment.ours, environment.path = false, ""
	}
	if environment.ours && library != "" && library != environment.path {
		return &LibraryError{[]Attempt{{library, "option", fmt.Errorf("a process has one ONNX Runtime, and a model that is still open uses %s", environment.path)}}}
	}
	environment.users++
	return nil
}

func initialise(path string) error {
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		return flat(err)
	}
	return nil
}

func releaseEnvironment() error {
	environment.Lock()
	defer environment.Unlock()
	environment.users--
	if environment.users > 0 || !environment.ours {
		return nil
	}
	environment.ours, environment.path = false, ""
	return ort.DestroyEnvironment()
}
