package server

import "net/http"

type healthAnswer struct {
	Status string `json:"status"`
}

// healthz: the process answers.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) error {
	return send(w, http.StatusOK, healthAnswer{"ok"})
}

// readyz: the model and the collections are there, and the server is not stopping.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) error {
	if s.traffic.isStopped() {
		return draining()
	}
	if err := s.isLoaded(); err != nil {
		return err
	}
	return send(w, http.StatusOK, healthAnswer{"ready"})
}
