package server

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed page
var pageFiles embed.FS

//go:embed openapi.yaml
var description []byte

// Description is the service's OpenAPI 3.1 file, which it serves at /openapi.yaml.
func Description() []byte { return description }

func describe(w http.ResponseWriter, _ *http.Request) error {
	return sendBytes(w, http.StatusOK, "application/yaml", description)
}

// policy is the page's: all it needs comes from here, nothing stands inline, and nobody frames it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// servePage puts page/index.html at / and what lies beside it at /page/.
func (s *Server) servePage(mux *http.ServeMux) {
	files, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic(err) // of a name that stands here
	}
	mux.Handle("GET /{$}", s.serve(pageRoute("/", files, func(*http.Request) string { return "index.html" })))
	mux.Handle("GET /page/{file...}", s.serve(pageRoute("/page/", files, func(r *http.Request) string { return r.PathValue("file") })))
}

// pageRoute sends a file; folders are not listed.
func pageRoute(path string, files fs.FS, name func(*http.Request) string) route {
	return route{method: http.MethodGet, path: path, open: true, handle: func(w http.ResponseWriter, r *http.Request) error {
		info, err := fs.Stat(files, name(r))
		if err != nil || info.IsDir() {
			return notFound()
		}
		secure(w.Header())
		http.ServeFileFS(w, r, files, name(r))
		return nil
	}}
}

func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
}
