//go:build cgo

package cli

import ort "github.com/yalue/onnxruntime_go"

// loadRuntime loads the library at path and returns its version. It is asked for by itself, so that the doctor has an answer on a
// machine without a model; a library that is loaded already is left alone.
func loadRuntime(path string) (string, error) {
	if ort.IsInitialized() {
		return ort.GetVersion(), nil
	}
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		return "", err
	}
	return ort.GetVersion(), ort.DestroyEnvironment()
}
