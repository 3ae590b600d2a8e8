package native

import (
	"os"
	"path/filepath"
	"strings"
)

// place is where libq2 may be, and who says so.
type place struct{ source, path string }

// places lists where to look, in order. Who names a file means that file: nothing else is tried then.
func places(option string) []place {
	if option != "" {
		return []place{{"option", option}}
	}
	if named := os.Getenv(LibraryVariable); named != "" {
		return []place{{LibraryVariable, named}}
	}
	var list []place
	if folder, err := executableFolder(); err == nil {
		for _, name := range fileNames {
			list = append(list, place{"beside the executable", filepath.Join(folder, name)})
		}
	}
	for _, path := range loaderPaths {
		list = append(list, place{"loader", path})
	}
	return list
}

// executableFolder is where the program lies, not where a link to it does.
func executableFolder() (string, error) {
	executable, err := os.Executable()
	if err != nil {
		return "", err
	}
	if executable, err = filepath.EvalSymlinks(executable); err != nil {
		return "", err
	}
	return filepath.Dir(executable), nil
}

// openFile loads a library: from an absolute path, or by one of the names that the loader looks up in places of its own.
func openFile(path string) (uintptr, error) {
	if !filepath.IsAbs(path) && !isLoaderPath(path) {
		return 0, &PathError{path}
	}
	if strings.IndexByte(path, 0) >= 0 {
		return 0, &PathError{path} // the loader would read it only up to there
	}
	if filepath.IsAbs(path) {
		if err := checkFile(path); err != nil {
			return 0, &LoadError{path, err.Error()}
		}
	}
	return loadFile(path)
}

func isLoaderPath(path string) bool {
	for _, known := range loaderPaths {
		if path == known {
			return true
		}
	}
	return false
}
