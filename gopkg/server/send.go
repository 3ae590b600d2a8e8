package server

import (
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
)

// send answers with JSON. What can't be written because the client is gone is no error of the server.
func send(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return sendBytes(w, status, "application/json", append(body, '\n'))
}

func sendBytes(w http.ResponseWriter, status int, kind string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body)
	return nil
}
