//go:build !q2_nopurego && !faketime && ((linux && !android && (386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)) || (darwin && !ios && (amd64 || arm64)))

package native

import (
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// noLoader is why this build cannot load a library; empty if it can.
const noLoader = ""

// loadFile loads the library at path, or finds the one that is loaded already. Its symbols stay its own.
func loadFile(path string) (uintptr, error) {
	// The loader keeps its error text for each thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return 0, &LoadError{path, err.Error()}
	}
	return handle, nil
}

// lookUp is the address of a function, 0 if there is none.
func lookUp(handle uintptr, name string) uintptr {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	address, err := purego.Dlsym(handle, name)
	if err != nil {
		return 0
	}
	return address
}

func closeFile(handle uintptr) { _ = purego.Dlclose(handle) }

// callAddress calls a C function with numbers that stay what they are: see call.
func callAddress(function uintptr, arguments []uintptr) uintptr {
	result, _, _ := purego.SyscallN(function, arguments...)
	return result
}

// loadedFrom is the path of the file behind a handle, or name where the system does not tell.
func loadedFrom(handle uintptr, name string) string {
	locate, within := lookUp(handle, "dladdr"), lookUp(handle, symbolNames[symABIVersion])
	if locate == 0 || within == 0 {
		return name
	}
	c := calls.Get().(*call) // it lies on the heap, and so does the Dl_info: a file's name, its base, a symbol's name, its address
	defer c.release()
	information := c.arguments[2:6]
	c.arguments[0], c.arguments[1] = within, uintptr(unsafe.Pointer(unsafe.SliceData(information)))
	if callAddress(locate, c.arguments[:2]) == 0 {
		return name
	}
	return text(information[0])
}
