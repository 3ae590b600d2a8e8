package server

import (
	"net/http"
	"net/http/pprof"
)

// serveProfiles answers Go's profiler at an address of its own; nil if there is none.
func (s *Server) serveProfiles(failed chan<- error) *http.Server {
	if s.profiles == nil {
		return nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: s.config.HeaderTimeout}
	go func() { failed <- server.Serve(s.profiles) }()
	s.log.Info("profiles", "address", s.profiles.Addr().String())
	return server
}
