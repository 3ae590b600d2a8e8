package native

var fileNames = []string{"libq2.1.dylib", "libq2.dylib"}

// A bare name would be looked for in the working directory too, so each place is spelt out.
var loaderPaths = []string{"@rpath/libq2.1.dylib", "/usr/local/lib/libq2.1.dylib", "/opt/homebrew/lib/libq2.1.dylib"}
