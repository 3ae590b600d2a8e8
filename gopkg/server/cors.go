package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// checkOrigin takes what a browser writes into the header Origin, and * for all.
func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if origin == "*" || err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.Scheme+"://"+u.Host == origin {
		return nil
	}
	return &ConfigError{"cors-origin", fmt.Sprintf("%q", origin), "* or SCHEME://HOST[:PORT]"}
}

// withCORS lets pages of the origins that were named read answers. Without any it does nothing, and browsers keep other pages out.
func (s *Server) withCORS(next http.Handler) http.Handler {
	if len(s.config.CORSOrigin) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin, h := r.Header.Get("Origin"), w.Header()
		h.Add("Vary", "Origin")
		if origin == "" || !slices.Contains(s.config.CORSOrigin, origin) && !slices.Contains(s.config.CORSOrigin, "*") {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "X-Request-Id, Retry-After")
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		callOf(r.Context()).route = "preflight"
		h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, X-Request-Id, Q2-Dtype, Q2-Shape")
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	})
}
