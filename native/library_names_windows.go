package native

var fileNames = []string{"libq2-1.dll", "q2-1.dll", "libq2.dll", "q2.dll"}

// Bare names, which loadFile looks up in the program's folder and the system's, not in PATH and not in the working directory.
var loaderPaths = fileNames
