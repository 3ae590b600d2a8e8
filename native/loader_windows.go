//go:build !q2_nopurego && (386 || amd64 || arm || arm64)

package native

import (
	"path/filepath"
	"syscall"
	"unsafe"
)

// noLoader is why this build cannot load a library; empty if it can.
const noLoader = ""

// Flags of LoadLibraryExW: look for what a library needs in its own folder, and for a bare name in the program's folder, in
// those that the program added, and in System32; never in the working directory.
const (
	searchLibraryFolder  = 0x00000100 // LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR
	searchDefaultFolders = 0x00001000 // LOAD_LIBRARY_SEARCH_DEFAULT_DIRS
)

var loadLibraryEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LoadLibraryExW")

// loadFile loads the library at path, or finds the one that is loaded already.
func loadFile(path string) (uintptr, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return 0, &LoadError{path, err.Error()}
	}
	flags := uintptr(searchDefaultFolders)
	if filepath.IsAbs(path) {
		flags |= searchLibraryFolder
	}
	handle, _, failure := loadLibraryEx.Call(uintptr(unsafe.Pointer(name)), 0, flags)
	if handle == 0 {
		return 0, &LoadError{path, failure.Error()}
	}
	return handle, nil
}

// lookUp is the address of a function, 0 if there is none.
func lookUp(handle uintptr, name string) uintptr {
	address, err := syscall.GetProcAddress(syscall.Handle(handle), name)
	if err != nil {
		return 0
	}
	return address
}

func closeFile(handle uintptr) { _ = syscall.FreeLibrary(syscall.Handle(handle)) }

// callAddress calls a C function with numbers that stay what they are: see call.
func callAddress(function uintptr, arguments []uintptr) uintptr {
	result, _, _ := syscall.SyscallN(function, arguments...)
	return result
}

var getModuleFileName = syscall.NewLazyDLL("kernel32.dll").NewProc("GetModuleFileNameW")

// loadedFrom is the path of the file behind a handle, or name where the system does not tell.
func loadedFrom(handle uintptr, name string) string {
	var path [syscall.MAX_LONG_PATH]uint16
	length, _, _ := getModuleFileName.Call(handle, uintptr(unsafe.Pointer(&path)), uintptr(len(path)))
	if length == 0 {
		return name
	}
	return syscall.UTF16ToString(path[:length])
}
